"""`tactful sinks retry` waits for what it was asked for and nothing else, and says how far it is in a pipe, too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from tactful_gateway.cli.operating import following
from tactful_gateway.cli.operating.following import Aim, follow
from tactful_gateway.cli.operating.printing import print_sinks
from tactful_gateway.cli.output.console import make_console
from tactful_gateway.http.operating.wire import Lag, SinkView
from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import Run
from tests.gateway.cli_remote.test_sinks import NO, opt_out, until
from tests.gateway.http.sinks.conftest import SURVEY, Hook

MANY = [f"p-{number}" for number in range(60)]


@pytest.fixture
def hook() -> Any:
    hook = Hook()
    yield hook
    hook.stop()


@pytest.fixture
def gateway(running_gateway: Callable[..., Any], hook: Hook, tmp_path: Path) -> Any:
    """Give a gateway with a file and a webhook."""
    return running_gateway(SURVEY, environ={"URL": hook.url, "FOLDER": str(tmp_path)})


def pending(run: Run) -> int:
    (one,) = json.loads(run("sinks", "status", "hook", "--json").stdout)["sinks"]
    return int(one["pending"])


def test_a_retry_is_over_long_before_a_backlog(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: NO
    opt_out(gateway, "u-1", "u-2", "u-3")
    until(gateway, "hook", dead=3)
    hook.answer = lambda _: (time.sleep(0.5), (204, {}, b""))[1]
    opt_out(gateway, *MANY)
    done = run("sinks", "retry", "hook")
    assert (done.returncode, done.stdout) == (0, "3 dead letters tried again, and all arrived.\n"), done.stderr
    assert pending(run) > 20
    done = run("sinks", "retry", "hook")
    assert (done.returncode, done.stdout) == (0, "hook has no dead letters.\n"), done.stderr
    assert pending(run) > 10
    hook.answer = lambda _: (204, {}, b"")


def test_what_dies_behind_it_is_no_matter_of_a_retry(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: NO
    opt_out(gateway, "u-1")
    until(gateway, "hook", dead=1)
    (first,) = hook.tried
    ordered = Event()
    hook.answer = lambda event: (204, {}, b"") if event == first else (ordered.wait(25), NO)[1]
    opt_out(gateway, "u-2", "u-3")
    eventually(lambda: len(hook.tried) > 1)
    with ThreadPoolExecutor() as aside:
        done = aside.submit(run, "sinks", "retry", "hook")
        eventually(lambda: gateway.run(gateway.gateway.services.store.orders("sink/hook")))
        ordered.set()
    assert (done.result().returncode, done.result().stdout) == (0, "1 dead letter tried again, and all arrived.\n")
    until(gateway, "hook", dead=2)


def pages_of_letters(gateway: Any) -> int:
    lines = httpx.get(f"{gateway.url}/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("tactful_http_requests_total") and '/dead"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in counted)


def test_a_chosen_letter_is_not_looked_for_among_all_of_them(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: NO
    opt_out(gateway, *MANY[:5])
    until(gateway, "hook", dead=5)
    one, other = hook.tried[1:3]
    hook.answer = lambda event: NO if event == other else (204, {}, b"")
    looked = pages_of_letters(gateway)
    assert run("sinks", "retry", "hook", one).returncode == 0
    done = run("sinks", "retry", "hook", other)
    assert (done.returncode, "1 dead letter tried again; 1 dead now" in done.stdout) == (1, True), done.stdout
    assert pages_of_letters(gateway) == looked
    assert run("sinks", "dead", "hook").returncode == 0
    assert pages_of_letters(gateway) == looked + 1


def test_letters_that_are_asked_for_already_are_none_of_the_chosen_ones(run: Run, gateway: Any, hook: Hook) -> None:
    hook.answer = lambda _: NO
    opt_out(gateway, *MANY[:2])
    until(gateway, "hook", dead=2)
    one, other = hook.tried[:2]
    hook.answer = lambda _: (503, {"retry-after": "3"}, b"")
    assert run("sinks", "retry", "hook", one, "--no-wait").returncode == 0
    eventually(lambda: len(hook.tried) > 2)
    hook.answer = lambda event: NO if event == other else (204, {}, b"")
    done = run("sinks", "retry", "hook", other)
    assert (done.returncode, "1 dead letter tried again; 1 dead now" in done.stdout) == (1, True), done.stdout


def view(order: int, asked: int) -> SinkView:
    return SinkView(
        id="hook", kind="webhook", state="running", circuit="closed", cursor=9, lag=Lag(asked, 0.0), accepted=9,
        delivered=9 - asked, pending=asked, dead=0, erased=0, filtered=0, asked=asked, uncounted=0,
        attempts=0, next_try=None,
        error="HTTP 503", order=order,
    )  # fmt: skip


def test_a_number_that_may_grow_when_the_rest_is_looked_at_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_sinks([view(0, 4), replace(view(0, 4), uncounted=9)])
    counted, counting = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[6:8] for line in (counted, counting)] == [["5", "4"], ["5", "4+"]]


@pytest.mark.parametrize(("seconds", "lines"), [(0.0, 4), (60.0, 0)])
def test_in_a_pipe_a_line_says_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: float, lines: int
) -> None:
    monkeypatch.setattr(following, "EVERY", 0)
    monkeypatch.setattr(following, "LINES_EVERY", seconds)
    seen = [view(0, 0), *(view(1, asked) for asked in (4_000, 2_000, 1_000, 0))]
    looks = iter(seen)
    aim = Aim(1, 4_000, lambda now: 4_000 - now.asked)
    assert follow(lambda: next(looks), aim, make_console(stderr=True), "Retrying hook") == seen[-1]
    wanted = [f"Retrying hook: {done} of 4,000; HTTP 503" for done in ("0", "0", "2,000", "3,000")]
    assert capsys.readouterr().err.splitlines() == wanted[:lines]
