"""What is older than it is to be kept goes by itself, and what a sink has not got yet stays until it has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tactful_gateway.settings import SettingsError, read_settings
from tactful_rules.model.ids import DAY, HOUR
from tests.conftest import SURVEY
from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import run_tactful
from tests.gateway.keeping.conftest import MovedClock, Person

HOOK = """
sinks:
  hook: {kind: webhook, url: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, allow_private: true}
"""


def metrics(gateway: Any) -> str:
    return httpx.get(f"{gateway.url}/metrics").text


def attempts_of(gateway: Any) -> int:
    (sink,) = gateway.gateway.consumers.status()
    attempts: int = sink.attempts
    return attempts


def test_responses_and_events_go_by_age_and_the_history_stays(
    running_gateway: Callable[..., Any], db: str, clock: MovedClock
) -> None:
    gateway = running_gateway(db=db, clock=clock, keep_responses="30d", keep_journal="10d")
    ada, bob = Person(gateway), Person(gateway)
    link = ada.answer()
    clock.at += 20 * DAY
    bob.answer()
    eventually(lambda: ada.export()["events"] == [])
    assert [it["answers"] for it in ada.export()["invitations"]] == [{"score": 1, "why": "slow"}]
    assert len(bob.export()["events"]) == 3
    clock.at += 11 * DAY
    eventually(lambda: ada.export()["invitations"] == [])
    assert httpx.get(f"{gateway.url}{link}").status_code == 404
    assert len(bob.export()["invitations"]) == 1
    # What do-not-disturb needs is no response: 31 of the 90 days are over.
    (state,) = ada.export()["states"]
    assert [it["kind"] for it in state["history"]] == ["asked", "answered"]
    asked = ada.call("POST", "/v1/touchpoints", json={"touchpoint": "payment", "person": ada.id})
    assert asked["reason"] == "paused"


def test_nothing_goes_by_age_unless_it_is_told_to(running_gateway: Callable[..., Any], clock: MovedClock) -> None:
    gateway = running_gateway(db="memory:", clock=clock)
    ada = Person(gateway)
    ada.answer()
    clock.at += 4_000 * DAY
    eventually(lambda: ada.export()["decisions"] == [])
    assert (len(ada.export()["invitations"]), len(ada.export()["events"])) == (1, 3)


def test_what_a_sink_has_not_got_stays_and_is_told(
    running_gateway: Callable[..., Any], db: str, clock: MovedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = running_gateway(SURVEY + HOOK, db=db, clock=clock, keep_journal="10d")
    ada = Person(gateway)
    ada.answer()
    clock.at += 11 * DAY
    eventually(lambda: 'tactful_journal_held{consumer="sink/hook"}' in metrics(gateway))
    assert "journal_held" in capsys.readouterr().out
    assert ada.export()["events"][-1]["event"]["type"] == "tactful.response.completed"
    # After the last try it is a dead letter: kept as long again, and not in the journal any more.
    while attempts := attempts_of(gateway):
        clock.at += 30 * HOUR
        eventually(lambda before=attempts: attempts_of(gateway) != before)
    (dead,) = ada.export()["dead_letters"]
    assert dead["event"]["type"] == "tactful.response.completed"
    eventually(lambda: ada.export()["events"] == [])
    eventually(lambda: 'tactful_journal_held{consumer="sink/hook"}' not in metrics(gateway))
    clock.at += 11 * DAY
    eventually(lambda: ada.export()["dead_letters"] == [])


def test_a_sink_that_is_gone_from_the_folder_is_told_too_and_can_be_forgotten(
    running_gateway: Callable[..., Any], clock: MovedClock
) -> None:
    first = running_gateway(SURVEY + HOOK, clock=clock)
    ada = Person(first)
    ada.answer()
    in_use = forget(first)
    assert (in_use.returncode, "take it out of the survey folder first" in in_use.stderr) == (1, True)
    first.stop()
    clock.at += 11 * DAY
    second = running_gateway(SURVEY, clock=clock, keep_journal="10d")
    eventually(lambda: 'tactful_journal_held{consumer="sink/hook"}' in metrics(second))
    ada = Person(second, ada.id)
    assert ada.export()["events"][-1]["event"]["type"] == "tactful.response.completed"
    asked = forget(second, "--json", yes=False)
    assert (asked.returncode, "can't be undone" in asked.stderr) == (1, True)
    done = forget(second)
    assert (done.returncode, done.stdout) == (0, "hook is forgotten, with 0 dead letters.\n")
    eventually(lambda: ada.export()["events"] == [])
    eventually(lambda: "tactful_journal_held{" not in metrics(second))
    again = forget(second)
    assert (again.returncode, "has no sink hook: it has" in again.stderr) == (1, True)


def forget(gateway: Any, *options: str, yes: bool = True) -> subprocess.CompletedProcess[str]:
    environ = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_ADMIN_KEY": gateway.keys["ak"]}
    return run_tactful("sinks", "forget", "hook", *options, *(["--yes"] if yes else []), **environ)


@pytest.mark.parametrize("setting", ["keep_responses", "keep_journal"])
@pytest.mark.parametrize("value", ["a year", "30", "23h", "-3d", "0d"])
def test_a_time_that_is_none_or_too_short_is_refused(setting: str, value: str) -> None:
    with pytest.raises(SettingsError, match="must be a duration of at least a day") as refused:
        read_settings({}, **{setting: value})
    assert f"--{setting.replace('_', '-')} or TACTFUL_{setting.upper()} must" in str(refused.value)


def test_settings_say_for_how_long() -> None:
    settings = read_settings({"TACTFUL_KEEP_RESPONSES": "52w", "TACTFUL_KEEP_JOURNAL": " 90d "})
    assert (settings.retention().responses, settings.retention().journal) == (364 * DAY, 90 * DAY)
    assert read_settings({}).retention().journal is None
