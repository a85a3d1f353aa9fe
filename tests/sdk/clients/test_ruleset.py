"""The gate in the process: answers no by itself, follows the gateway, and survives whatever the gateway sends."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tactful import AsyncTactful
from tests.eventually import eventually

SMALL, BIG = {"order": {"amount": 3}}, {"order": {"amount": 38}}


@pytest.fixture
def gated(make_sdk: Callable[..., Any], little_gateway: Any) -> Any:
    """Give a client that has the ruleset and looks again ten times a second."""
    little_gateway.publish("payment", at_least=30, refresh=0)
    sdk = make_sdk(little_gateway.url, refresh=0.1)
    eventually(lambda: sdk.status().version == "v1")
    return sdk


def test_a_local_no_needs_no_network(gated: Any, little_gateway: Any) -> None:
    decision = gated.touchpoint("payment", "u-1", SMALL, event_id="e-1")
    assert (decision.ask, decision.reason, decision.touchpoint, decision.event_id) == (
        False,
        "no_rule",
        "payment",
        "e-1",
    )
    assert gated.touchpoint("nowhere", "u-1").reason == "unknown_touchpoint"
    assert little_gateway.calls == []
    assert gated.touchpoint("payment", "u-1", BIG).ask


def test_a_local_no_names_the_params_that_broke_their_schema(gated: Any) -> None:
    decision = gated.touchpoint("payment", "u-1", {"order.amount": "38", "order.kind": "combo"})
    assert (decision.reason, decision.rejected_params) == ("no_rule", ("order.amount",))


def test_without_a_ruleset_every_touchpoint_goes_to_the_gateway(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    sdk = make_sdk(little_gateway.url)
    assert sdk.touchpoint("anywhere", "u-1").ask
    assert len(little_gateway.calls) == 1


def test_a_new_version_is_followed_and_an_old_one_costs_no_body(gated: Any, little_gateway: Any) -> None:
    eventually(lambda: any(look.get("if-none-match") == '"v1"' for look in little_gateway.looks))
    little_gateway.publish("payment", at_least=1, version="v2", refresh=0)
    eventually(lambda: gated.status().version == "v2")
    assert gated.touchpoint("payment", "u-1", SMALL).ask


GARBAGE: dict[str, Callable[[], Response]] = {
    "an error": lambda: JSONResponse({"code": "broken"}, 500),
    "a bill to be paid": lambda: JSONResponse({"code": "payment_required"}, 402),
    "a ruleset that went": lambda: JSONResponse({"code": "not_found"}, 404),
    "nothing": lambda: Response(status_code=204),
    "half of it": lambda: Response(b'{"version": "v9", "touchpoints": {}, "rules": [{"id"', 200),
    "not JSON": lambda: Response("<html>", 200),
    "another JSON": lambda: JSONResponse(["hello"]),
    "an empty object": lambda: JSONResponse({}),
    "rules that stand nowhere": lambda: JSONResponse({"version": "v9", "touchpoints": {}, "rules": [{"id": "x"}]}),
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_the_last_good_ruleset_outlives(gated: Any, little_gateway: Any, garbage: str) -> None:
    little_gateway.on_look = GARBAGE[garbage]
    eventually(lambda: gated.status().last_error is not None)
    assert gated.status().version == "v1"
    assert gated.touchpoint("payment", "u-1", SMALL).reason == "no_rule"


def test_a_ruleset_in_a_later_format_makes_every_touchpoint_a_maybe(
    gated: Any, little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment", at_least=30, version="v2", format=2)
    eventually(lambda: gated.status().version == "v2")
    assert gated.touchpoint("payment", "u-1", SMALL).ask
    assert gated.status().not_understood == ("*",)
    looks = len(little_gateway.looks)
    eventually(lambda: len(little_gateway.looks) > looks + 2)
    assert caplog.text.count("too old") == 1


def test_rules_that_this_sdk_is_too_old_for_ask_the_gateway_and_the_others_still_say_no(
    gated: Any,
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    little_gateway.publish("payment", "menu", at_least=30, version="v2", refresh=0)
    rule = little_gateway.ruleset["rules"][0]
    little_gateway.ruleset["rules"] = [rule | {"at": ["payment"]}, {"id": "new", "at": ["menu"], "when": {"kind": "?"}}]
    eventually(lambda: gated.status().version == "v2")
    assert gated.touchpoint("payment", "u-1", SMALL).reason == "no_rule"
    assert gated.touchpoint("menu", "u-1", SMALL).ask
    assert (gated.status().not_understood, gated.status().last_error) == (("new",), None)
    assert caplog.text.count("too old for some rules (new; 1 in all)") == 1
    later = make_sdk(little_gateway.url)  # from the kept file
    eventually(lambda: later.status().not_understood == ("new",))
    little_gateway.publish("payment", "menu", at_least=30, version="v3", refresh=0)
    eventually(lambda: gated.status().version == "v3")
    assert gated.status().not_understood == ()


def test_a_look_tells_which_sdk_looks(gated: Any, little_gateway: Any) -> None:
    assert little_gateway.looks[0]["user-agent"] == f"tactful-python/{version('tactful')}"


def test_the_gateway_may_lengthen_the_refresh(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.publish("payment", refresh=600)
    sdk = make_sdk(little_gateway.url, refresh=0.05)
    eventually(lambda: sdk.status().version == "v1")
    for _ in range(20):
        sdk.touchpoint("nowhere", "u-1")
    assert len(little_gateway.looks) == 1


def test_a_start_without_the_gateway_uses_the_kept_ruleset(
    gated: Any, make_sdk: Callable[..., Any], little_gateway: Any, tmp_path: Path
) -> None:
    eventually(lambda: list((tmp_path / "cache").glob("ruleset-*.json")))
    little_gateway.on_look = little_gateway.refuse(503, **{"Retry-After": "60"})
    later = make_sdk(little_gateway.url)
    assert later.touchpoint("payment", "u-1", SMALL).reason == "no_rule"
    status = later.status()
    assert status.version == "v1"
    assert status.rules_age is not None


def test_another_key_or_gateway_has_another_file(
    make_sdk: Callable[..., Any], little_gateway: Any, tmp_path: Path
) -> None:
    little_gateway.publish("payment")
    make_sdk(little_gateway.url, key="sk_one")
    make_sdk(little_gateway.url, key="sk_two")
    eventually(lambda: len(list((tmp_path / "cache").glob("ruleset-*.json"))) == 2)
    assert "sk_" not in "".join(path.name + path.read_text() for path in (tmp_path / "cache").iterdir())


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe", json.dumps({"etag": "", "fetched_at": 1}).encode()])
def test_a_damaged_file_is_ignored_with_a_warning(
    gated: Any,
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: bytes,
) -> None:
    eventually(lambda: list((tmp_path / "cache").glob("ruleset-*.json")))
    gated.close()
    for path in (tmp_path / "cache").glob("ruleset-*.json"):
        path.write_bytes(damage)
    little_gateway.on_look = little_gateway.refuse(503)
    later = make_sdk(little_gateway.url)
    assert later.status().version is None
    assert "not usable" in caplog.text


def test_a_folder_that_cannot_be_written_is_said_once(
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("in the way")
    little_gateway.publish("payment", at_least=30)
    sdk = make_sdk(little_gateway.url, cache_dir=tmp_path / "file" / "cache")
    eventually(lambda: "cannot be kept" in caplog.text or "not usable" in caplog.text)
    assert sdk.touchpoint("payment", "u-1", BIG).ask


async def test_an_async_client_takes_a_ruleset_in_beside_the_loop(
    little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Which thread does it is seen where it complains."""
    little_gateway.on_look = lambda: Response(b"{", 200)
    async with AsyncTactful(little_gateway.url, key="sk_test", cache_dir=None):
        async with asyncio.timeout(10):
            while not caplog.records:
                await asyncio.sleep(0.01)
    assert "not a ruleset" in caplog.text
    assert caplog.records[0].thread != threading.get_ident()
