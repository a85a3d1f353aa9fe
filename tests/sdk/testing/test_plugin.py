"""The pytest plug-in in runs of pytest of their own: its fixtures, what it costs, and that it is in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

OTHERS = [word for name in ("cacheprovider", "asyncio", "anyio", "hypothesispytest") for word in ("-p", f"no:{name}")]
"""Plug-ins that warn without settings of their own, or load what we look for."""
USES = """
import asyncio
import pytest
from tactful import Decision
from tactful.testing import asked

def pay(sdk, user):
    return sdk.touchpoint("payment", {"id": user, "visits": 3}, {"order": {"amount": 38.5}}, locale="de")

def test_one_answer_after_the_other(tactful):
    tactful.decide("payment", asked("csat"), "paused")
    assert pay(tactful, "u-1").questionnaire == "csat"
    assert [pay(tactful, "u-1").reason for _ in range(2)] == ["paused", "paused"]
    tactful.decide("payment", "capped")
    assert pay(tactful, "u-1").reason == "capped"

def test_every_call_is_kept(tactful):
    assert pay(tactful, "u-1").reason == "unknown_touchpoint"
    tactful.decide("payment", "paused")
    pay(tactful, "u-2")
    tactful.touchpoint("menu", "u-3", background=True)
    first, second, third = tactful.calls
    assert (first.touchpoint, first.person, first.locale) == ("payment", {"id": "u-1", "visits": 3}, "de")
    assert second.params == {"order": {"amount": 38.5}}
    assert second.decision.reason == "paused"
    assert third.background and not first.background

def test_what_the_request_carries_is_kept(tactful):
    from tactful.context import carry
    with carry("u-9", locale="fr", user_agent="agent"):
        tactful.touchpoint("payment")
    assert (tactful.calls[0].person, tactful.calls[0].locale) == ("u-9", "fr")
    assert tactful.calls[0].device == {"user_agent": "agent"}

def test_each_test_has_a_fresh_one(tactful):
    assert tactful.calls == []
    assert pay(tactful, "u-1").reason == "unknown_touchpoint"

def test_a_mistake_is_said(tactful):
    with pytest.raises(ValueError, match="did you mean 'paused'"):
        tactful.decide("payment", "pausd")
    with pytest.raises(ValueError, match="contradicts"):
        tactful.decide("payment", Decision(ask=True, reason="paused", touchpoint="", event_id=""))

def test_asyncio(async_tactful):
    async def main():
        async_tactful.decide("payment", asked("csat"))
        assert (await async_tactful.touchpoint("payment", "u-1")).ask
        async_tactful.decide("payment", "paused")
        async_tactful.decide("menu", "capped")
        assert (await async_tactful.touchpoint("payment", "u-2")).reason == "paused"
        assert (await async_tactful.touchpoint("menu", "u-2")).reason == "capped"
        await async_tactful.close()
    asyncio.run(main())
    assert [call.person for call in async_tactful.calls] == ["u-1", "u-2", "u-2"]
"""
USES_NOT = """
import sys
def test_nothing_of_ours_is_loaded():
    ours = {"tactful", "tactful_rules", "msgspec", "httpx"}
    assert [name for name in sys.modules if name.partition(".")[0] in ours] == []
    assert "pytest_tactful" in sys.modules
"""


def _run(folder: Path, test: str, *options: str) -> str:
    (folder / "test_shop.py").write_text(test)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *OTHERS, *options],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_fixtures_give_fakes(tmp_path: Path) -> None:
    assert "6 passed" in _run(tmp_path, USES)


def test_a_run_that_does_not_use_it_does_not_load_the_sdk(tmp_path: Path) -> None:
    _run(tmp_path, USES_NOT, "--strict-markers", "--strict-config")


def test_it_can_be_switched_off_and_is_not_missed(tmp_path: Path) -> None:
    _run(
        tmp_path,
        "def test_nothing(pytestconfig): assert not pytestconfig.pluginmanager.hasplugin('tactful')",
        "-p",
        "no:tactful",
    )


def test_a_projects_own_fixture_of_that_name_wins(tmp_path: Path) -> None:
    own = "import pytest\n@pytest.fixture\ndef tactful(): return 'ours'\n"
    _run(tmp_path, own + "def test_own(tactful): assert tactful == 'ours'\n")


def test_it_imports_nothing_but_pytest() -> None:
    program = "import sys, pytest; before = set(sys.modules); import pytest_tactful; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pytest_tactful"]


def test_pytest_finds_it_by_its_entry_point() -> None:
    (found,) = (entry for entry in entry_points(group="pytest11") if entry.name == "tactful")
    assert found.value == "pytest_tactful"
