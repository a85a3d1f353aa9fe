"""The no that a process says by itself: without the network, counted exactly, and the same as the long way's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from tactful import InvalidCallError, Tactful
from tactful.context import carry
from tests.eventually import eventually

SMALL, BIG = {"order": {"amount": 3}}, {"order": {"amount": 38}}


class Moment(StrEnum):
    PAYMENT = "payment"


@pytest.fixture
def gated(make_sdk: Callable[..., Any], little_gateway: Any) -> Callable[..., Any]:
    """Make a client that has the ruleset: one rule, for orders of 30 and more."""

    def make(**options: Any) -> Any:
        little_gateway.publish("payment", at_least=30)
        sdk = make_sdk(little_gateway.url, **options)
        eventually(lambda: sdk.status().version)
        return sdk

    return make


def test_what_no_rule_looks_at_is_judged_only_when_the_event_has_to_leave(
    gated: Callable[..., Any], little_gateway: Any
) -> None:
    sdk = gated()
    deep: list[dict[str, Any]] = [
        {"reach": {"sms": 5}},
        {"page": {"path": 5}},
        {"person": {"id": "u-1", "friends": object()}},
        {"locale": "x" * 1000},
    ]
    for bad in deep:
        call = {"name": "payment", "person": "u-1", **bad}
        assert sdk.touchpoint(**call, params={**SMALL, "note": object()}).reason == "no_rule", bad
        assert sdk.touchpoint(**call, params=BIG).reason == "unavailable", bad
    assert little_gateway.calls == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((["payment"], "u-1", SMALL), {}),
        (("payment", 42, SMALL), {}),
        (("payment", {"id": "u\n1"}, SMALL), {}),
        (("payment", "u-1", "amount"), {}),
        (("payment", "u-1", {"order": {"amount": object()}}), {}),
        (("payment", "u-1", SMALL), {"event_id": ""}),
        (("payment", "u-1", SMALL), {"event_id": 5}),
        (("payment", "u-1", SMALL), {"reach": ["sms"]}),
        (("payment", "u-1", SMALL), {"page": "/pay"}),
        (("payment", "u-1", SMALL), {"device": "phone"}),
        (("payment", "u-1", SMALL), {"locale": 5}),
        (("payment", "u-1", SMALL), {"timezone": 8}),
    ],
)
def test_arguments_of_a_wrong_type_are_no_call_whatever_the_rules_say(
    gated: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    assert gated().touchpoint(*arguments, **named).reason == "unavailable"
    with pytest.raises(InvalidCallError):
        gated(raise_errors=True).touchpoint(*arguments, **named)


def test_unusual_types_get_the_answer_of_what_they_are_on_the_wire(
    gated: Callable[..., Any], little_gateway: Any
) -> None:
    sdk = gated()
    as_text = sdk.touchpoint("payment", "u-1", {"order": {"amount": Decimal(38)}})
    assert (as_text.reason, as_text.rejected_params) == ("no_rule", ("order.amount",))
    assert sdk.touchpoint("payment", MappingProxyType({"id": "u-1"}), MappingProxyType(SMALL)).reason == "no_rule"
    decision = sdk.touchpoint(Moment.PAYMENT, "u-1", SMALL)
    assert (decision.reason, type(decision.touchpoint)) == ("no_rule", str)
    assert little_gateway.calls == []


def test_what_a_request_carries_counts_before_a_no_is_said(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.publish("payment")
    on_page = {"kind": "test", "attribute": "page.path", "op": "is", "value": "/pay"}
    little_gateway.ruleset["rules"] = [{"id": "paying", "at": ["payment"], "when": on_page}]
    sdk = make_sdk(little_gateway.url)
    eventually(lambda: sdk.status().version)
    assert sdk.touchpoint("payment", "u-1").reason == "no_rule"
    with carry("u-1", page={"path": "/pay"}):
        assert sdk.touchpoint("payment", "u-1").ask
        assert sdk.touchpoint("payment").ask
        assert sdk.touchpoint("payment", "somebody else").reason == "no_rule"
    with carry("u-2", page={"path": "/menu"}):
        assert sdk.touchpoint("payment").reason == "no_rule"
    assert [call["person"] for call in little_gateway.calls] == ["u-1", "u-1"]


def test_who_is_at_a_request_is_not_looked_up_for_a_no_that_holds_for_everybody(
    gated: Callable[..., Any], little_gateway: Any
) -> None:
    looked_up: list[str] = []
    with carry(lambda: looked_up.append("u-1") or "u-1", page={"path": "/pay"}):
        sdk = gated()
        assert sdk.touchpoint("payment", params=SMALL).reason == "no_rule"
        assert sdk.touchpoint("payment", "u-1", SMALL).reason == "no_rule"
        assert looked_up == []
        assert sdk.touchpoint("payment", params=BIG).ask
    assert looked_up == ["u-1"]
    with carry(page={"path": "/pay"}):
        assert sdk.touchpoint("payment", params=SMALL).reason == "unavailable"  # nothing tells a person: no call


def test_a_trait_that_the_requests_person_may_have_is_looked_up(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.publish("payment")
    guest = {"kind": "test", "attribute": "person.guest", "op": "is", "value": True}
    little_gateway.ruleset["rules"] = [{"id": "guests", "at": ["payment"], "when": guest}]
    sdk = make_sdk(little_gateway.url)
    eventually(lambda: sdk.status().version)
    with carry({"id": "u-1", "guest": True}):
        assert sdk.touchpoint("payment").ask
    with carry({"id": "u-2", "guest": False}):
        assert sdk.touchpoint("payment").reason == "no_rule"


def test_a_local_no_is_an_answer_in_the_background_too_and_off_after_closing(gated: Callable[..., Any]) -> None:
    sdk = gated()
    assert sdk.touchpoint("payment", "u-1", SMALL, background=True).reason == "no_rule"
    assert sdk.status().queued == 0
    sdk.close()
    assert sdk.touchpoint("payment", "u-1", SMALL).reason == "off"


def test_calls_from_many_threads_are_counted_exactly_and_no_two_have_one_id(
    make_kind: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.publish("payment", at_least=30)
    sdk: Tactful = make_kind("threads", little_gateway.url, report_every=0.05)
    eventually(lambda: sdk.status().version)
    ids: list[list[str]] = [[] for _ in range(8)]

    def load(mine: list[str]) -> None:
        while len(mine) < 1500 or (len(little_gateway.reports) < 2 and time.monotonic() < deadline):
            calls = ({"order": {"amount": number}} for number in range(30))
            mine.extend(sdk.touchpoint("payment", "u-1", params).event_id for params in calls)

    deadline = time.monotonic() + 50
    threads = [threading.Thread(target=load, args=(mine,)) for mine in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sdk.flush()
    total = sum(map(len, ids))
    assert len({event_id for mine in ids for event_id in mine}) == total
    assert all(mine == sorted(mine) for mine in ids)
    rows = [row for report in little_gateway.reports for row in report["touchpoints"]]
    amounts = [row["params"]["order.amount"] for row in rows]
    expected = [float(number) for number in range(30)] * (total // 30)
    assert len(little_gateway.reports) > 1
    assert {row["reason"] for row in rows} == {"no_rule"}
    assert sum(row["count"] for row in rows) == sum(amount["count"] for amount in amounts) == len(expected)
    assert sum(amount["sum"] for amount in amounts) == sum(expected)
    assert sum(amount["sum_squares"] for amount in amounts) == sum(value * value for value in expected)
    assert (min(a["min"] for a in amounts), max(a["max"] for a in amounts)) == (0.0, 29.0)
