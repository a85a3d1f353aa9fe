"""Every call is counted and reported once; a background touchpoint arrives or is counted as dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tactful import RefusedError, UnavailableError
from tests.eventually import eventually


def _counts(reports: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for report in {report["id"]: report for report in reports}.values():
        for row in report["touchpoints"]:
            key = (row["touchpoint"], row["reason"])
            counts[key] = counts.get(key, 0) + row["count"]
    return counts


def test_every_call_is_counted_by_touchpoint_and_reason_with_its_declared_numbers(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.publish("payment", "menu", at_least=30)
    little_gateway.answers = {"menu": "paused"}
    sdk = make_sdk(little_gateway.url, report_every=0.3)
    eventually(lambda: sdk.status().version)
    for amount in (3, 4.5, "x", True, 40, 50):
        sdk.touchpoint("payment", "u-1", {"order": {"amount": amount}, "undeclared": 9})
    sdk.touchpoint("menu", "u-1", {"order": {"amount": 99}})
    sdk.touchpoint("nowhere", "u-1")
    sdk.touchpoint("payment", None)
    eventually(lambda: sum(_counts(little_gateway.reports).values()) == 9)
    assert _counts(little_gateway.reports) == {
        ("payment", "no_rule"): 4,
        ("payment", "asked"): 2,
        ("menu", "paused"): 1,
        ("nowhere", "unknown_touchpoint"): 1,
        ("payment", "unavailable"): 1,
    }
    rows = {
        (row["touchpoint"], row["reason"]): row for report in little_gateway.reports for row in report["touchpoints"]
    }
    assert rows["payment", "no_rule"]["params"] == {
        "order.amount": {"count": 2, "sum": 7.5, "sum_squares": 29.25, "min": 3.0, "max": 4.5}
    }


def test_a_report_without_an_answer_goes_again_with_the_same_id_and_body(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.on_report = little_gateway.refuse(500)
    sdk = make_sdk(little_gateway.url, report_every=0.2)
    sdk.touchpoint("payment", "u-1")
    eventually(lambda: len(little_gateway.reports) >= 2)
    sdk.touchpoint("payment", "u-1")
    assert little_gateway.reports[0] == little_gateway.reports[1]
    little_gateway.on_report = lambda: None
    eventually(lambda: _counts(little_gateway.reports) == {("payment", "asked"): 2})


def test_a_report_that_the_gateway_refuses_is_dropped_and_its_calls_are_uncounted(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.on_report = little_gateway.refuse(422)
    sdk = make_sdk(little_gateway.url)
    for _ in range(3):
        sdk.touchpoint("payment", "u-1")
    assert sdk.flush()
    assert (len(little_gateway.reports), sdk.status().uncounted) == (1, 3)
    little_gateway.on_report = lambda: None
    sdk.touchpoint("payment", "u-1")
    assert sdk.flush()
    assert (_counts(little_gateway.reports[1:]), sdk.status().uncounted) == ({("payment", "asked"): 1}, 3)


def test_a_broken_report_endpoint_does_not_stop_touchpoints(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.on_report = little_gateway.refuse(500)
    sdk = make_sdk(little_gateway.url)
    assert sdk.touchpoint("payment", "u-1").ask
    assert not sdk.flush()
    assert sdk.touchpoint("payment", "u-1").ask


def test_nothing_counted_sends_no_report(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    assert make_sdk(little_gateway.url).flush()
    assert little_gateway.reports == []


def test_a_queued_touchpoint_waits_out_an_outage_and_arrives_once_in_order(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.on_call = little_gateway.refuse(503)
    sdk = make_sdk(little_gateway.url)
    for number in range(5):
        sdk.touchpoint("payment", "u-1", event_id=f"e-{number}", background=True)
    assert not sdk.flush(1.0)
    assert sdk.status().queued == 5
    failed = len(little_gateway.calls)
    little_gateway.on_call = lambda: None
    eventually(lambda: sdk.status().queued == 0 and len(little_gateway.calls) >= failed + 5)
    assert [call["event_id"] for call in little_gateway.calls[-5:]] == [f"e-{number}" for number in range(5)]


def test_a_full_queue_drops_the_oldest_and_counts_it(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.on_call = little_gateway.refuse(503, **{"Retry-After": "60"})
    sdk = make_sdk(little_gateway.url, queue_size=3)
    sdk.touchpoint("payment", "u-1")
    for number in range(10):
        sdk.touchpoint("payment", "u-1", event_id=f"e-{number}", background=True)
    assert (sdk.status().queued, sdk.status().dropped) == (3, 7)


def test_a_refused_background_touchpoint_is_dropped_not_repeated(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    little_gateway.on_call = little_gateway.refuse(422)
    sdk = make_sdk(little_gateway.url)
    sdk.touchpoint("payment", "u-1", background=True)
    assert sdk.flush()
    assert (len(little_gateway.calls), sdk.status().queued, sdk.status().dropped) == (1, 0, 1)


def test_raise_errors_tells_a_refusal_from_an_outage(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    sdk = make_sdk(little_gateway.url, raise_errors=True)
    little_gateway.on_call = little_gateway.refuse(422, {"code": "invalid_request"})
    with pytest.raises(RefusedError, match="invalid_request"):
        sdk.touchpoint("payment", "u-1")
    little_gateway.on_call = little_gateway.refuse(500)
    with pytest.raises(UnavailableError):
        sdk.touchpoint("payment", "u-1")
    with pytest.raises(UnavailableError, match="circuit open"):
        sdk.touchpoint("payment", "u-1")
