"""One run: a gateway in a process of its own, a provider, the clients, and then the count."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import NamedTuple

from tests.acceptance.conftest import Served
from tests.acceptance.load.clients import Crowd
from tests.acceptance.load.counting import Count, Limits, count, limits_of, survey_of
from tests.acceptance.test_serve import cli
from tests.gateway.couriers.stage import Provider, eventually


class Run(NamedTuple):
    """What came of a run."""

    limits: Limits
    crowd: Crowd
    count: Count
    messages: list[str]
    seconds: float


def run(folder: Path, calls: int, seed: int) -> Run:
    """Run everything in an empty folder."""
    survey, db, provider, limits = folder / "survey", folder / "tactful.db", Provider(), limits_of(calls)
    survey.mkdir()
    (survey / "survey.yaml").write_text(survey_of(limits))
    provider.start()
    key = cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").stdout.strip()
    served = Served(survey, db, environ={"SMS": provider.url})
    served.start()
    try:
        crowd = Crowd([served.url], key, calls, seed)
        started = time.monotonic()
        asyncio.run(crowd.run())
        seconds = time.monotonic() - started
        eventually(lambda: len(provider.accepted) == count(db).asks["delivery"])
    finally:
        served.signal(signal.SIGTERM)
        code = served.wait()
        provider.stop()
    assert code == 0, "\n".join(served.log)
    return Run(limits, crowd, count(db), provider.accepted, seconds)


def judge(done: Run) -> list[str]:
    """Say what is wrong with a run; nothing, as it should be."""
    crowd, found = done.crowd, done.count
    wrong = list(found.broken)
    limits = done.limits
    counted = (found.asks["menu"], found.answers["payment"], found.asks["delivery"])
    for rule, counts, limit in zip(limits._fields, counted, limits, strict=True):
        if counts > limit:
            wrong.append(f"{rule}: {counts} of {limit}")
    if found.created["web"] != crowd.asked:
        wrong.append(f"{crowd.asked} were shown, the journal has {found.created['web']}")
    if len(set(done.messages)) != len(done.messages):
        wrong.append("a message was accepted twice")
    return wrong
