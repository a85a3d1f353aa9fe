"""`tactful sinks`: how sinks are doing, and delivering again, each command in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import TACTFUL, Run, run_tactful
from tests.gateway.http.sinks.conftest import SURVEY, Hook

PERSONS = [f"u-{number}" for number in range(4)]
NO = (422, {}, b'{"error": "no such person \x1b[2J"}')


@pytest.fixture
def hook() -> Any:
    hook = Hook()
    yield hook
    hook.stop()


@pytest.fixture
def gateway(running_gateway: Callable[..., Any], hook: Hook, tmp_path: Path) -> Any:
    """Give a gateway with a file and a webhook."""
    return running_gateway(SURVEY, environ={"URL": hook.url, "FOLDER": str(tmp_path)})


def opt_out(gateway: Any, *persons: str) -> None:
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    for person in persons:
        url = f"{gateway.url}/v1/persons/{person}/preferences"
        assert httpx.put(url, headers=headers, json={"opt_out": "all"}).status_code == 200


def until(gateway: Any, sink: str, **wanted: Any) -> None:
    def found() -> Any:
        return next(it for it in gateway.gateway.consumers.status() if it.id == sink)

    eventually(lambda: {key: getattr(found(), key) for key in wanted} == wanted, otherwise=found)


def persons(folder: Path) -> list[str]:
    return [json.loads(line)["subject"] for line in (folder / "answers.jsonl").read_text().splitlines()]


def refuse(hook: Hook, *numbers: int) -> None:
    seen: list[str] = []

    def answer(event: str) -> tuple[int, dict[str, str], bytes]:
        seen.append(event)
        return NO if len(seen) in numbers else (204, {}, b"")

    hook.answer = answer


def test_sinks_that_are_well_are_shown_with_code_0(run: Run, gateway: Any) -> None:
    opt_out(gateway, *PERSONS)
    for sink in ("file", "hook"):
        until(gateway, sink, delivered=4)
    done = run("sinks", "status")
    assert done.returncode == 0, done.stderr
    head, file, hook = done.stdout.splitlines()
    assert head.split()[:5] == ["sink", "kind", "state", "circuit", "behind"]
    assert file.split() == ["file", "jsonl", "running", "closed", "-", "4", "0", "0", "-", "-"]
    assert hook.startswith("hook  webhook")
    one = json.loads(run("sinks", "status", "hook", "--json").stdout)["sinks"]
    assert [(it["id"], it["accepted"], it["lag"]) for it in one] == [("hook", 4, {"events": 0, "seconds": 0.0})]


def test_a_sink_in_trouble_is_shown_with_why_and_code_1(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: (503, {"retry-after": "7200"}, b"")
    opt_out(gateway, "u-1", "u-2")
    until(gateway, "hook", state="retrying", pending=2)
    until(gateway, "file", delivered=2)
    done = run("sinks", "status")
    assert done.returncode == 1
    line = done.stdout.splitlines()[2]
    assert "retrying" in line
    assert " open " in line
    assert line.endswith("HTTP 503 Service Unavailable")
    assert run("sinks", "status", "file").returncode == 0
    missing = run("sinks", "status", "nobody")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "has no sink nobody: it has file, hook" in missing.stderr


@pytest.mark.parametrize("order", [["replay", "--from", "1"], ["dead"], ["retry"], ["forget", "--yes"]])
def test_an_order_for_a_sink_that_is_not_there_says_which_are(run: Run, order: list[str]) -> None:
    command, *options = order
    done = run("sinks", command, "nobody", *options)
    assert done.returncode == 1
    assert "has no sink nobody: it has file, hook" in done.stderr


def test_the_tables_say_the_zone_of_their_times(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: NO
    opt_out(gateway, "u-1")
    until(gateway, "hook", dead=1)
    assert "next try (UTC)" in run("sinks", "status").stdout
    head, letter = run("sinks", "dead", "hook").stdout.splitlines()
    assert "at (UTC)" in head
    assert datetime.now(UTC).strftime("%Y-%m-%d") in letter


def test_a_replay_is_waited_for(run: Run, gateway: Any, tmp_path: Path) -> None:
    opt_out(gateway, *PERSONS)
    until(gateway, "file", delivered=4, pending=0)
    done = run("sinks", "replay", "file", "--from", "3")
    assert done.returncode == 0, done.stderr
    assert persons(tmp_path) == [*PERSONS, *PERSONS[1:]], "the first event is the version's"
    assert done.stdout == "file was replayed from 3 to 5.\n"
    again = run("sinks", "replay", "file", "--from", "beginning", "--json")
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert (said["first"], said["last"], said["sink"]["cursor"], said["sink"]["pending"]) == (1, 5, 5, 0)
    assert persons(tmp_path) == [*PERSONS, *PERSONS[1:], *PERSONS]
    quick = run("sinks", "replay", "file", "--from", "2020-01-01T00:00:00+08:00", "--no-wait")
    assert (quick.returncode, quick.stdout) == (0, "file is replayed from 1 to 5: see tactful sinks status file.\n")


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("77", "The journal has come to 1."),
        ("0", "Expected `int` >= 1"),
        ("2999-01-01T00:00:00Z", "not that late"),
    ],
)
def test_a_replay_from_nowhere_is_refused(run: Run, start: str, said: str) -> None:
    done = run("sinks", "replay", "file", "--from", start)
    assert done.returncode == 1
    assert "(invalid_request)" in done.stderr
    assert said in done.stderr
    assert run("sinks", "replay", "file").returncode == 2


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("yesterday", "a time with its zone such as 2026-11-22T09:00:00+08:00, or beginning"),
        ("1.2.2026", '"1.2.2026" is none of: a sequence such as 17,'),
        ("2026-11-22", "has no zone: write 2026-11-22T00:00:00Z for UTC"),
    ],
)
def test_a_start_of_another_form_is_told_with_the_forms_there_are(run: Run, start: str, said: str) -> None:
    done = run("sinks", "replay", "file", "--from", start)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_replay_of_a_sink_that_fails_ends_and_says_when_it_goes_on(run: Run, gateway: Any, hook: Hook) -> None:
    opt_out(gateway, "u-1")
    until(gateway, "hook", delivered=1, pending=0)
    hook.answer = lambda _: (503, {"retry-after": "7200"}, b"")
    done = run("sinks", "replay", "hook", "--from", "beginning")
    assert done.returncode == 1
    assert "hook fails: HTTP 503 Service Unavailable. It is tried again at 20" in done.stderr.replace("\n", " ")
    hook.answer = lambda _: (410, {}, b"")
    done = run("sinks", "retry", "hook")
    assert (done.returncode, "hook is stopped: HTTP 410 Gone" in done.stderr) == (1, True)
    hook.answer = lambda _: (204, {}, b"")
    done = run("sinks", "retry", "hook")
    said = "hook has no dead letters; what waited for its next try has got through.\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr
    assert len(hook.got) == 2


def test_a_replay_that_is_refused_again_says_so_with_code_1(run: Run, gateway: Any, hook: Hook) -> None:
    refuse(hook, 1, 4, 6)
    opt_out(gateway, *PERSONS)
    until(gateway, "hook", dead=2, delivered=2)
    done = run("sinks", "replay", "hook", "--from", "3")
    said = "hook was replayed from 3 to 5, with 1 dead letter: see tactful sinks dead hook.\n"
    assert (done.returncode, done.stdout) == (1, said), "the letter of 2 is no matter of this replay"
    hook.answer = lambda _: (204, {}, b"")
    assert run("sinks", "replay", "hook", "--from", "3").returncode == 0


def test_dead_letters_are_shown_and_steer_no_terminal(run: Run, gateway: Any, hook: Hook) -> None:
    refuse(hook, 2, 3)
    opt_out(gateway, *PERSONS)
    until(gateway, "hook", dead=2, delivered=2)
    done = run("sinks", "dead", "hook")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["seq", "3", "4"]
    assert "person.opted_out" in lines[1]
    assert 'HTTP 422 Unprocessable Entity  {"error": "no such person \\x1b[2J"}' in lines[1]
    page = run("sinks", "dead", "hook", "--limit", "1")
    assert (len(page.stdout.splitlines()), page.stderr) == (2, "There are more: --after 3\n")
    (letter,) = json.loads(run("sinks", "dead", "hook", "--after", "3", "--json").stdout)["letters"]
    assert (letter["seq"], letter["event"]["subject"], letter["attempts"]) == (4, "u-2", 1)
    assert run("sinks", "dead", "file").stdout == "file has no dead letters.\n"


def test_dead_letters_are_tried_again_all_or_chosen_ones(run: Run, gateway: Any, hook: Hook) -> None:
    refuse(hook, 1, 2, 3)
    opt_out(gateway, *PERSONS)
    until(gateway, "hook", dead=3, delivered=1)
    first, second, third = (
        letter["id"] for letter in json.loads(run("sinks", "dead", "hook", "--json").stdout)["letters"]
    )
    hook.answer = lambda event: NO if event == third else (204, {}, b"")
    chosen = run("sinks", "retry", "hook", second)
    assert (chosen.returncode, chosen.stdout) == (0, "1 dead letter tried again, and all arrived.\n"), chosen.stderr
    both = run("sinks", "retry", "hook", third, "who?")
    assert both.returncode == 1
    assert "hook has no dead letter who?" in both.stdout
    assert "1 dead letter tried again; 1 dead now: see tactful sinks dead hook." in both.stdout
    hook.answer = lambda _: (204, {}, b"")
    rest = json.loads(run("sinks", "retry", "hook", "--json").stdout)
    assert (rest["letters"], rest["sink"]["dead"], rest["sink"]["delivered"]) == (2, 0, 4)
    assert set(hook.got) > {first, second, third}
    quick = run("sinks", "retry", "hook", "--no-wait")
    assert (quick.returncode, quick.stdout.startswith("0 dead letters of hook to be tried again")) == (0, True)


def test_a_key_is_wanted_and_a_gateway_that_is_away_is_said(gateway: Any) -> None:
    assert run_tactful("sinks", "status", "--gateway", gateway.url).returncode == 2
    away = run_tactful("sinks", "status", "--gateway", "http://127.0.0.1:9", TACTFUL_ADMIN_KEY="ak_x")
    assert (away.returncode, "no answer from http://127.0.0.1:9" in away.stderr) == (1, True)
    refused = run_tactful("sinks", "status", "--gateway", gateway.url, TACTFUL_ADMIN_KEY=gateway.keys["sk"])
    assert (refused.returncode, "(wrong_key_kind)" in refused.stderr) == (1, True)


def test_on_a_terminal_a_bar_shows_how_far_a_replay_is(gateway: Any, hook: Hook) -> None:
    opt_out(gateway, *PERSONS)
    until(gateway, "hook", delivered=4, pending=0)
    slow = {"delay": 0.6}
    answer = hook.answer
    hook.answer = lambda event: (time.sleep(slow["delay"]), answer(event))[1]
    master, terminal = pty.openpty()
    environ = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_ADMIN_KEY": gateway.keys["ak"], "TERM": "xterm"}
    command = [str(TACTFUL), "sinks", "replay", "hook", "--from", "beginning"]
    with subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.PIPE, stderr=terminal, text=True
    ) as running:
        os.close(terminal)
        shown = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:  # the terminal's other end is closed
                break
            if not part:
                break
            shown += part
        said = running.stdout.read() if running.stdout else ""
    os.close(master)
    assert (running.returncode, said) == (0, "hook was replayed from 1 to 5.\n")
    assert "Replaying hook" in shown.decode()
    assert any(f"{done}/5" in shown.decode() for done in (1, 2, 3, 4))


def test_nobody_is_asked_to_confirm_that_a_sink_be_forgotten_which_is_in_use(run: Run) -> None:
    done = run("sinks", "forget", "file")
    assert (done.returncode, done.stdout) == (1, "")
    assert "delivers to file: take it out of the survey folder first (sink_in_use)" in done.stderr.replace("\n", " ")
