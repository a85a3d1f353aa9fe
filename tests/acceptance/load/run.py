"""One run: a gateway in a process of its own, a provider, the clients, and then the count."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import NamedTuple

from tests.acceptance.conftest import Served
from tests.acceptance.load.clients import Crowd
from tests.acceptance.load.counting import ANSWERS, ASKS, SURVEY, Count, count
from tests.acceptance.test_serve import cli
from tests.gateway.couriers.stage import Provider, eventually


class Run(NamedTuple):
    """What came of a run."""

    crowd: Crowd
    count: Count
    messages: list[str]
    seconds: float


def run(folder: Path, calls: int, seed: int) -> Run:
    """Run everything in an empty folder."""
    survey, db, provider = folder / "survey", folder / "tactful.db", Provider()
    survey.mkdir()
    (survey / "survey.yaml").write_text(SURVEY)
    provider.start()
    key = cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").stdout.strip()
    served = Served(survey, db, environ={"SMS": provider.url})
    served.start()
    try:
        crowd = Crowd(served.url, key, calls, seed)
        started = time.monotonic()
        asyncio.run(crowd.run())
        seconds = time.monotonic() - started
        eventually(lambda: len(provider.accepted) == count(db).asks["delivery"])
    finally:
        served.signal(signal.SIGTERM)
        code = served.wait()
        provider.stop()
    assert code == 0, "\n".join(served.log)
    return Run(crowd, count(db), provider.accepted, seconds)


def judge(done: Run) -> list[str]:
    """Say what is wrong with a run; nothing, as it should be."""
    crowd, found = done.crowd, done.count
    wrong = list(found.broken)
    wrong += [f"{rule} asked {found.asks[rule]} of {limit}" for rule, limit in ASKS.items() if found.asks[rule] > limit]
    for rule, limit in ANSWERS.items():
        if found.answers[rule] > limit:
            wrong.append(f"{rule} was answered {found.answers[rule]} times of {limit}")
    if found.created["web"] != crowd.asked:
        wrong.append(f"{crowd.asked} were shown, the journal has {found.created['web']}")
    if len(set(done.messages)) != len(done.messages):
        wrong.append("a message was accepted twice")
    return wrong
