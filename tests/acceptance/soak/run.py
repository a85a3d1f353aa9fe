"""One soak: a gateway in a process of its own, a receiver that flaps, clients at a pace, and a look once a second."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.acceptance.conftest import Served
from tests.acceptance.conservation import assert_delivered
from tests.acceptance.crash.destinations import Hook
from tests.acceptance.soak.clients import Answered, Crowd
from tests.acceptance.soak.watching import Sample, look
from tests.acceptance.test_serve import cli

SURVEY = """
touchpoints: {payment: {}}
rules: {any-payment: {at: payment, ask: csat}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was it?}]}}
do_not_disturb: {}
sinks:
  answers: {kind: jsonl, path: "${ANSWERS}"}
  hook:
    kind: webhook
    url: "${HOOK}"
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    where: {answers.score: 1}
    allow_private: true
"""
LOAD = 0.7
"""The share of the capacity at which it soaks."""
FULL_SPEED = 10.0
"""Seconds in which the capacity is measured, at most; a tenth of a short run's."""
FLAPPING = 2 / 3
"""The share of the time in which the receiver flaps."""
AWAY, THERE = (0.5, 3.0), 10.0
"""Seconds for which it is away, and then there at least."""

Progress = Callable[[Sample, int], None]
"""Is told each look, and how many answers were acknowledged by then."""


@dataclass
class Run:
    """What came of a soak of `seconds`, with `due` visits at `rate` a second; `books` is what does not balance."""

    seconds: float
    capacity: float | None
    rate: float
    due: int
    answered: list[Answered]
    refused: list[str]
    samples: list[Sample]
    flaps: int
    last_flap: float
    missing: dict[str, set[str]]
    books: str


def run(folder: Path, seconds: float, progress: Progress, rate: float | None = None, seed: int = 1) -> Run:
    """Soak for so long in an empty folder; without `rate`, at 70 % of what is measured first."""
    hook, file = Hook(folder), folder / "answers.jsonl"
    with _running(folder, hook, file) as (served, key):
        warm, capacity = [], None
        if rate is None:
            warm, capacity = _full_speed(served, key, min(FULL_SPEED, seconds / 10))
            rate = LOAD * capacity
        crowd = Crowd(served.url, key, rate, seconds, first=len(warm))
        crowd.start()
        began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            flapping = pool.submit(_flap, hook, began + FLAPPING * seconds, random.Random(seed))
            samples = list(_watch(served, crowd, began, progress))
            flaps, last = flapping.result()
        crowd.join()
        answered = [*warm, *crowd.answered]
        books = _books(served, {"answers": len(answered), "hook": sum(it.low for it in answered)})
    return Run(
        seconds=seconds,
        capacity=capacity,
        rate=rate,
        due=int(rate * seconds),
        answered=crowd.answered,
        refused=crowd.refused,
        samples=samples,
        flaps=flaps,
        last_flap=last - began,
        missing={
            "answers": {it.invitation for it in answered} - _invitations(file.read_bytes().splitlines()),
            "hook": {it.invitation for it in answered if it.low}
            - {arrival.event["data"]["invitation"] for arrival in hook.arrived()},
        },
        books=books,
    )


@contextmanager
def _running(folder: Path, hook: Hook, file: Path) -> Iterator[tuple[Served, str]]:
    survey, db = folder / "survey", folder / "tactful.db"
    survey.mkdir()
    (survey / "survey.yaml").write_text(SURVEY)
    key = cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").stdout.strip()
    served = Served(survey, db, ("--no-watch",), {"ANSWERS": str(file), **hook.environ})
    hook.start()
    try:
        served.start()
        assert served.url, "\n".join(served.log)
        yield served, key
        served.signal(signal.SIGTERM)
        assert served.wait() == 0, "\n".join(served.log)
    finally:
        hook.kill()
        if served.process.returncode is None:
            served.kill()


def _full_speed(served: Served, key: str, seconds: float) -> tuple[list[Answered], float]:
    """Give the answers of clients that make no pause, and how many they gave a second."""
    crowd = Crowd(served.url, key, None, seconds)
    began = time.monotonic()
    crowd.start()
    crowd.join()
    return crowd.answered, len(crowd.answered) / (time.monotonic() - began)


def _watch(served: Served, crowd: Crowd, began: float, progress: Progress) -> Iterator[Sample]:
    """Look once a second while the clients are at it."""
    while (at := time.monotonic() - began) < crowd.seconds:
        sample = look(served.url, served.process.pid, at)
        progress(sample, len(crowd.answered))
        yield sample
        time.sleep(max(0.0, began + int(at) + 1 - time.monotonic()))


def _flap(hook: Hook, end: float, chance: random.Random) -> tuple[int, float]:
    """Kill the receiver and start it again until then; give how often, and when it came back for good."""
    flaps = 0
    while True:
        hook.kill()
        time.sleep(chance.uniform(*AWAY))
        hook.start()
        flaps, back = flaps + 1, time.monotonic()
        if back + THERE + AWAY[1] > end:
            return flaps, back
        time.sleep(THERE)


def _books(served: Served, wanted: dict[str, int]) -> str:
    """Say what does not balance once everything was delivered; nothing, as it should be."""
    try:
        books = assert_delivered(served.url, wanted)
    except AssertionError as error:
        return str(error)
    dead = {sink: number for sink, number in books.dead.items() if number}
    return f"dead: {dead}" if dead else ""


def _invitations(lines: list[bytes]) -> set[str]:
    return {msgspec.json.decode(line)["data"]["invitation"] for line in lines}
