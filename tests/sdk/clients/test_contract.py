"""What every client promises, real or fake, with threads or asyncio: the same claims run against all four."""

from __future__ import annotations

from collections import ChainMap, UserDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from tactful import InvalidCallError
from tactful.context import carry
from tests.eventually import eventually


class Subject:
    """A client and the touchpoint calls that left it."""

    def __init__(self, make: Callable[..., Any], calls: Callable[[Any], list[dict[str, Any]]]) -> None:
        self.make = make
        self.calls = calls


@pytest.fixture(params=["real threads", "real asyncio", "fake threads", "fake asyncio"])
def subject(request: pytest.FixtureRequest) -> Subject:
    kind, _, driver = request.param.partition(" ")
    if kind == "fake":
        make_fake = request.getfixturevalue("make_fake")
        return Subject(lambda **options: make_fake(driver, **options), lambda sdk: sdk.touchpoints)
    gateway = request.getfixturevalue("little_gateway")
    make_kind = request.getfixturevalue("make_kind")
    gateway.answers = {"menu": "paused"}
    gateway.publish("payment", "menu")
    return Subject(lambda **options: make_kind(driver, gateway.url, **options), lambda sdk: gateway.calls)


def test_an_asked_touchpoint_carries_an_invitation_and_echoes_the_call(subject: Subject) -> None:
    decision = subject.make().touchpoint("payment", "u-1", event_id="order-991")
    assert (decision.ask, decision.reason) == (True, "asked")
    assert (decision.touchpoint, decision.event_id) == ("payment", "order-991")
    assert decision.invitation is not None
    assert decision.invitation.token


def test_a_reason_comes_through(subject: Subject) -> None:
    decision = subject.make().touchpoint("menu", "u-1")
    assert (decision.ask, decision.reason, decision.invitation) == (False, "paused", None)


def test_an_undeclared_touchpoint_is_unknown(subject: Subject) -> None:
    sdk = subject.make()
    sdk.touchpoint("payment", "u-1")
    eventually(lambda: sdk.status().version)
    assert sdk.touchpoint("nowhere", "u-1").reason == "unknown_touchpoint"


def test_a_call_sends_what_it_was_given_and_nothing_else(subject: Subject) -> None:
    sdk = subject.make()
    sdk.touchpoint(
        "payment",
        {"id": "u-1", "visits": 3},
        {"order": {"amount": 38.5}},
        reach={"web": True, "sms": "+8613800000000"},
        locale="zh-CN",
        timezone="Asia/Shanghai",
        event_id="e-1",
        page={"path": "/pay"},
        device={"type": "phone"},
    )
    sdk.touchpoint("payment", "u-2", event_id="e-2")
    assert subject.calls(sdk) == [
        {
            "touchpoint": "payment",
            "person": {"id": "u-1", "visits": 3},
            "event_id": "e-1",
            "params": {"order": {"amount": 38.5}},
            "reach": {"web": True, "sms": "+8613800000000"},
            "locale": "zh-CN",
            "timezone": "Asia/Shanghai",
            "page": {"path": "/pay"},
            "device": {"type": "phone"},
        },
        {"touchpoint": "payment", "person": "u-2", "event_id": "e-2"},
    ]


def test_a_call_sends_what_its_request_carries(subject: Subject) -> None:
    sdk = subject.make()
    with carry("u-1", locale="de", user_agent="agent", page={"path": "/pay"}):
        sdk.touchpoint("payment", event_id="e-1")
        sdk.touchpoint("payment", "u-2", event_id="e-2", locale="fr", page={}, device={"type": "phone"})
    assert subject.calls(sdk) == [
        {
            "touchpoint": "payment",
            "person": "u-1",
            "event_id": "e-1",
            "locale": "de",
            "page": {"path": "/pay"},
            "device": {"user_agent": "agent"},
        },
        {
            "touchpoint": "payment",
            "person": "u-2",
            "event_id": "e-2",
            "locale": "fr",
            "page": {},
            "device": {"type": "phone"},
        },
    ]


def test_any_mapping_is_as_good_as_a_dict(subject: Subject) -> None:
    sdk = subject.make()
    person = MappingProxyType({"id": "u-1", "visits": 3})
    assert sdk.touchpoint("payment", person, ChainMap({"order": UserDict(amount=3)})).reason == "asked"
    call = subject.calls(sdk)[-1]
    assert (call["person"], call["params"]) == ({"id": "u-1", "visits": 3}, {"order": {"amount": 3}})


def test_an_event_id_is_made_where_none_is_given_and_is_a_uuid7(subject: Subject) -> None:
    sdk = subject.make()
    first, second = sdk.touchpoint("payment", "u-1"), sdk.touchpoint("payment", "u-1")
    assert UUID(first.event_id).version == 7
    assert first.event_id != second.event_id


BAD_CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "name": ((None, "u-1"), {}),
    "empty name": (("", "u-1"), {}),
    "person": (("payment", 42), {}),
    "person without id": (("payment", {"visits": 3}), {}),
    "empty person": (("payment", ""), {}),
    "control character": (("payment", "u\n1"), {}),
    "params": (("payment", "u-1", "amount"), {}),
    "a value JSON has no word for": (("payment", "u-1", {"order": object()}), {}),
    "surrogate": (("payment", "u-1", {"order": "\ud800"}), {}),
    "too large": (("payment", "u-1", {"order": "x" * 70_000}), {}),
    "reach": (("payment", "u-1"), {"reach": {"sms": 5}}),
    "locale": (("payment", "u-1"), {"locale": 5}),
    "event id": (("payment", "u-1"), {"event_id": 5}),
    "page": (("payment", "u-1"), {"page": "/pay"}),
}


def test_a_bad_argument_is_answered_unavailable_and_logged_once_without_its_value(
    subject: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    sdk = subject.make()
    for bad, (arguments, named) in BAD_CALLS.items():
        caplog.clear()
        answers = [sdk.touchpoint(*arguments, **named) for _ in range(2)]
        assert {(answer.ask, answer.reason) for answer in answers} == {(False, "unavailable")}, bad
        for record in caplog.records:
            assert "x" * 100 not in record.getMessage(), bad
    assert subject.calls(sdk) == []


def test_a_wrong_call_site_is_logged_once(subject: Subject, caplog: pytest.LogCaptureFixture) -> None:
    sdk = subject.make()
    for _ in range(5):
        sdk.touchpoint("payment", 42)
    said = [record.getMessage() for record in caplog.records if "was not sent" in record.getMessage()]
    assert len(said) == 1
    assert "person" in said[0]


def test_errors_are_raised_where_that_is_wanted(subject: Subject) -> None:
    with pytest.raises(InvalidCallError, match="person"):
        subject.make(raise_errors=True).touchpoint("payment", 42)


def test_a_background_touchpoint_returns_at_once_and_arrives(subject: Subject) -> None:
    sdk = subject.make()
    decision = sdk.touchpoint("payment", "u-1", event_id="later", background=True)
    assert (decision.ask, decision.reason, decision.event_id) == (False, "unavailable", "later")
    assert sdk.flush()
    assert [call["event_id"] for call in subject.calls(sdk)] == ["later"]


def test_a_closed_client_says_off_and_sends_nothing(subject: Subject) -> None:
    sdk = subject.make()
    sdk.close()
    sdk.close()
    assert sdk.touchpoint("payment", "u-1").reason == "off"
    assert sdk.touchpoint("payment", "u-1", background=True).reason == "off"
    assert subject.calls(sdk) == []
    assert sdk.status().state == "closed"


def test_a_disabled_client_says_off_and_sends_nothing(subject: Subject) -> None:
    sdk = subject.make(enabled=False)
    assert sdk.touchpoint("payment", "u-1").reason == "off"
    assert sdk.flush()
    assert subject.calls(sdk) == []
    assert sdk.status().state == "off"
