"""Names that are declared nowhere are said once, with what was probably meant, and never with a value."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tactful import Decision
from tactful.testing import FakeAsyncTactful, FakeTactful


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
    make_sdk: Callable[..., Any], little_gateway: Any, tmp_path: Path, wait_until: Callable[..., None]
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
    wait_until(lambda: not old.exists())
    assert young.exists()
    assert foreign.exists()
