"""Names that are declared nowhere are said once, with what was probably meant, and never with a value."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from tactful import Decision
from tactful.testing import FakeAsyncTactful, FakeTactful
from tests.eventually import eventually


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "tactful"]


def test_a_misspelt_param_is_said_once_with_what_was_meant(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment", "menu")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    for _ in range(3):
        sdk.touchpoint("payment", "u-1", {"order": {"amout": 987654, "kind": "x"}, "order.amount": 3, "note": None})
    (line,) = _said(caplog)
    assert "'order.amout'" in line
    assert "did you mean 'order.amount'?" in line
    assert "987654" not in line
    sdk.touchpoint("menu", "u-1", {"order": 987654})
    assert len(_said(caplog)) == 2


def test_an_unknown_touchpoint_is_said_once_with_what_was_meant(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    assert {sdk.touchpoint("paymnet", "u-1").reason for _ in range(3)} == {"unknown_touchpoint"}
    (line,) = _said(caplog)
    assert "did you mean 'payment'?" in line


@pytest.mark.parametrize("at_least", [5, None])
def test_a_param_that_breaks_its_schema_is_said_once_without_its_value(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture, at_least: float | None
) -> None:
    """Both on the way to the gateway and where the call is refused in the process."""
    little_gateway.publish("payment", "menu", at_least=at_least)
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    for _ in range(3):
        sdk.touchpoint("payment", "u-1", {"order": {"amount": "987654", "kind": "x"}})
    (line,) = _said(caplog)
    assert line == (
        "The param 'order.amount' of the touchpoint 'payment' breaks its schema (a number is declared): "
        "it counts for nothing."
    )
    assert len(little_gateway.calls) == (0 if at_least else 3)
    sdk.touchpoint("menu", "u-1", {"order": {"amount": -987654}})
    assert len(_said(caplog)) == 2
    assert "987654" not in "".join(_said(caplog))


@pytest.mark.parametrize("at_least", [5, None])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("12,5", "a decimal comma?"),
        ("12.50 EUR", "a unit beside the number?"),
        ("-12,5", 'declared: {"type":"number","minimum":0}'),
        (-3, 'declared: {"type":"number","minimum":0}'),
        (10**5000, None),
        (float("nan"), None),
        (["12,5"], 'declared: {"type":"number","minimum":0}'),
        ("9" * 10_000, 'declared: {"type":"number","minimum":0}'),
    ],
    ids=["comma", "unit", "negative comma", "negative", "huge", "nan", "list", "long"],
)
def test_why_a_param_breaks_its_schema_is_said_without_its_value(
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    caplog: pytest.LogCaptureFixture,
    at_least: float | None,
    value: object,
    why: str | None,
) -> None:
    little_gateway.publish("payment", at_least=at_least)
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    sdk.touchpoint("payment", "u-1", {"order.amount": value})
    said = [line for line in _said(caplog) if "breaks its schema" in line]
    assert [line.partition("schema")[2] for line in said] == ([f" ({why}): it counts for nothing."] if why else [])
    assert "12" not in "".join(said)


@pytest.mark.parametrize("background", [False, True])
def test_a_param_that_only_the_gateway_rejects_is_said_too(
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    caplog: pytest.LogCaptureFixture,
    background: bool,
) -> None:
    little_gateway.publish("payment")
    echo = {"ask": False, "reason": "no_rule", "touchpoint": "payment", "event_id": "e"}
    little_gateway.on_call = lambda: JSONResponse(echo | {"rejected_params": ["order.kind"]})
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    sdk.touchpoint("payment", "u-1", {"order": {"kind": "x"}}, background=background)
    eventually(lambda: _said(caplog))
    (line,) = _said(caplog)
    assert "'order.kind'" in line


def test_a_misspelt_time_zone_is_said_once_with_what_was_meant_on_the_way_to_the_gateway(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    for name in ("Europe/Berln", "Europe/Berlin", "Europe/Berln", "Asia/Shanghai", None):
        assert sdk.touchpoint("payment", "u-1", timezone=name).ask
    (line,) = _said(caplog)
    assert line == (
        "No time zone is called 'Europe/Berln' (did you mean 'Europe/Berlin'?): it counts as if it was left out."
    )
    assert little_gateway.calls[0]["timezone"] == "Europe/Berln"


def test_an_abbreviation_of_a_time_zone_is_taken_for_no_other_one_s(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    assert sdk.touchpoint("payment", "u-1", timezone="CST").ask
    (line,) = _said(caplog)
    assert line == (
        "No time zone is called 'CST' (one is written like 'Europe/Berlin'): it counts as if it was left out."
    )


@pytest.mark.parametrize("background", [False, True])
def test_a_misspelt_channel_in_reach_is_said_once_with_what_was_meant_and_never_an_address(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture, background: bool
) -> None:
    # A rule of a kind that this SDK does not know: the ruleset is read part by part then.
    rules = [{"id": "new", "at": ["payment"], "of_tomorrow": 1}]
    little_gateway.publish("payment", channels=["web", "email"], rules=rules)
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    caplog.clear()
    for reach in ({"emial": "ann@example.com", "web": True}, {"ann@example.com": True}, {"web": True}, {}, None) * 2:
        sdk.touchpoint("payment", "u-1", reach=reach, background=background)
    misspelt, unnamed = _said(caplog)
    assert misspelt == (
        "A call's `reach` names 'emial' (did you mean 'email'?), which is no channel: nobody is reached there; "
        "it may name email, web."
    )
    assert "a key that may be an address" in unnamed
    assert "ann@" not in misspelt + unnamed


def test_a_gateway_too_old_to_name_its_channels_makes_none_strange(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    assert sdk.touchpoint("payment", "u-1", reach={"anything": True}).ask
    assert not _said(caplog)


def test_a_refusal_says_what_is_wrong_where_and_quotes_nobody(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    problems = [
        {"path": "reach", "code": "wrong_type", "message": "Expected `object | null`, got `array`."},
        {"path": "device.type", "code": "wrong_type", "message": "Invalid enum value 'ada@shop.example'."},
        {"path": "x" * 500, "code": "wrong_type", "message": "Two\nlines."},
        {"path": "d", "code": "missing", "message": "This key is required."},
        {"path": "e", "code": "missing", "message": "This key is required."},
    ]
    body = {"code": "invalid_request", "title": "The request breaks the rules.", "problems": problems}
    little_gateway.on_call = little_gateway.refuse(422, body)
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    (line,) = _said(caplog)
    assert "reach: Expected `object | null`, got `array`.; device.type: Invalid enum value '…'.; xxx" in line
    assert "and 2 more" in line
    assert "ada@shop.example" not in line
    assert "\n" not in line
    assert len(line) < 600


def test_what_answers_but_is_no_gateway_is_asked_about_in_whole_sentences(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")
    little_gateway.on_call = lambda: JSONResponse({"hello": "world"})
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    (line,) = _said(caplog)
    assert line.endswith("is this a Tactful gateway? Nobody is asked until it is back.")


def test_names_made_up_on_the_way_do_not_fill_the_log(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment", at_least=5)
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready()
    for number in range(300):
        sdk.touchpoint("payment", "u-1", {f"zz{number}": 1})
    assert len(_said(caplog)) == 100


@pytest.mark.parametrize("fake", [FakeTactful, FakeAsyncTactful])
def test_a_fake_refuses_what_is_no_decision(fake: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"'payment'.*'pausd'.*did you mean 'paused'.*no_rule"):
        fake(decisions={"payment": "pausd"})
    with pytest.raises(ValueError, match="contradicts"):
        fake(decisions={"payment": Decision(ask=True, reason="paused", touchpoint="", event_id="")})


def test_a_fake_takes_any_param_and_logs_nothing(
    make_fake: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    for kind in ("threads", "asyncio"):
        sdk = make_fake(kind)
        assert sdk.wait_ready()
        assert sdk.touchpoint("payment", "u-1", {"anything": {"goes": 1}}).ask
    assert _said(caplog) == []


def test_rulesets_of_keys_long_gone_are_deleted(
    make_sdk: Callable[..., Any], little_gateway: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    old, young, foreign = (folder / name for name in ("ruleset-a.json", "ruleset-b.json", "notes.json"))
    for path in (old, young, foreign):
        path.write_text("{}")
    month_ago = time.time() - 31 * 86400
    for path in (old, foreign):
        os.utime(path, (month_ago, month_ago))
    little_gateway.publish("payment")
    make_sdk(little_gateway.url)
    eventually(lambda: not old.exists())
    assert young.exists()
    assert foreign.exists()
