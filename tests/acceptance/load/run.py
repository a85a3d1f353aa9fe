"""One run: gateways in processes of their own, a provider, the clients, and then the count."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import NamedTuple

from tests.acceptance.conftest import Served
from tests.acceptance.load.clients import Crowd
from tests.acceptance.load.counting import Count, count, limits_of, survey_of
from tests.acceptance.test_serve import cli
from tests.eventually import eventually
from tests.gateway.couriers.stage import Provider


class Run(NamedTuple):
    """What came of a run."""

    crowd: Crowd
    count: Count
    messages: list[str]
    seconds: float


def run(folder: Path, calls: int, seed: int, db: str = "", gateways: int = 1) -> Run:
    """Run everything in an empty folder, over a SQLite file of its own or another, empty database."""
    survey, provider, limits = folder / "survey", Provider(), limits_of(calls)
    db = db or f"sqlite:///{folder / 'tactful.db'}"
    survey.mkdir()
    (survey / "survey.yaml").write_text(survey_of(limits))
    provider.start()
    key = cli("keys", "create", "--kind", "sk", "--db", db).stdout.strip()
    several = [Served(survey, folder / "unused", ("--db", db), {"SMS": provider.url}) for _ in range(gateways)]
    for served in several:
        served.start()
    try:
        crowd = Crowd([served.url for served in several], key, calls, seed)
        started = time.monotonic()
        asyncio.run(crowd.run())
        seconds = time.monotonic() - started
        eventually(lambda: _all_are_sent(count(db, limits), provider))
    finally:
        for served in several:
            served.signal(signal.SIGTERM)
        codes = [served.wait() for served in several]
        provider.stop()
    assert codes == [0] * gateways, "\n".join(line for served in several for line in served.log)
    return Run(crowd, count(db, limits), provider.accepted, seconds)


def _all_are_sent(found: Count, provider: Provider) -> bool:
    return not found.places["delivery"].holding and len(provider.accepted) == found.asks["delivery"]


def judge(done: Run) -> list[str]:
    """Say what is wrong with a run; nothing, as it should be."""
    crowd, found = done.crowd, done.count
    wrong = list(found.broken)
    if found.created["web"] != crowd.asked:
        wrong.append(f"{crowd.asked} were shown, the journal has {found.created['web']}")
    if len(set(done.messages)) != len(done.messages):
        wrong.append("a message was accepted twice")
    return wrong
