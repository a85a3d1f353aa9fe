"""How much is kept of a person, and whether deciding gets slower where a million persons are kept."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Decide, Decided
from tactful_gateway.store.rows import encode_person
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY
from tactful_rules.model.person import HistoryEvent, PersonState
from tests.benchmarks.gateway.bench_durable import RULESET
from tests.benchmarks.row import Baseline, Row

FEW, MANY = 1_000, 1_000_000
DECISIONS = 1_500
LIMIT = 600
CHANNELS, KINDS = ("web", "email", "sms"), ("asked", "answered", "dismissed")


def rows() -> list[Row]:
    """Measure both."""
    now = SystemClock().now()
    state = _state(now, 20)
    kept = len(encode_person(state))
    with tempfile.TemporaryDirectory() as folder:
        few, many = (asyncio.run(_latency(Path(folder) / f"{persons}.db", persons)) for persons in (FEW, MANY))
    return [
        Row(
            name="a person with 20 events, as kept",
            value=kept,
            unit="bytes",
            baseline=Baseline("the same as JSON with names", len(_as_json(state))),
            budget=f"<= {LIMIT} bytes",
            met=kept <= LIMIT,
        ),
        Row(
            name="a durable decision among a million persons",
            value=many * 1e6,
            unit="µs",
            baseline=Baseline("among a thousand", few * 1e6),
            budget="<= 1.5 of the baseline",
            met=many <= 1.5 * few,
            note=f"median of {DECISIONS:,}, one caller, SQLite with fsync",
        ),
    ]


def _state(now: int, events: int) -> PersonState:
    """Make a person whose history spans half a year, over several questionnaires and channels."""
    history = tuple(
        HistoryEvent(
            KINDS[place % 3],  # type: ignore[arg-type]  # one of them
            now - (events - place) * 9 * DAY,
            "payment-csat" if place % 2 else "delivery-nps",
            "payment" if place % 2 else "delivery",
            CHANNELS[place % 3],
            "order",
        )
        for place in range(events)
    )
    return PersonState(history=history, timezone="Asia/Shanghai", locale="zh-CN", last_score=9.0)


def _as_json(state: PersonState) -> bytes:
    names = ("kind", "at", "questionnaire", "touchpoint", "channel", "stage")
    return msgspec.json.encode([{name: getattr(event, name) for name in names} for event in state.history])


async def _latency(path: Path, persons: int) -> float:
    """Fill a store with so many persons and give the seconds that a decision on one of them takes, as a median."""
    await (await SqliteStore.open(path)).close()
    _fill(path, persons)
    store = await SqliteStore.open(path)
    rulesets, chance, taken = Rulesets(store), random.Random(1), []
    rulesets.activate(CompiledRuleset(RULESET))
    try:
        async with Ledger(store, rulesets, SystemClock()) as ledger:
            for number in range(DECISIONS):
                command = _decide(f"u-{chance.randrange(persons)}", number)
                started = time.perf_counter()
                reply = await ledger.submit(command)
                taken.append(time.perf_counter() - started)
                assert isinstance(reply, Decided)
    finally:
        await store.close()
    return statistics.median(taken)


def _fill(path: Path, persons: int) -> None:
    body = encode_person(_state(SystemClock().now() - 200 * DAY, 4))

    def all_of_them() -> Iterator[tuple[str, bytes]]:
        for number in range(persons):
            yield f"u-{number}", body

    db = sqlite3.connect(path)
    with db:
        db.executemany("INSERT INTO person (id, body) VALUES (?, ?)", all_of_them())
    db.close()


def _decide(person: str, number: int) -> Decide:
    name = f"0199f3f4-d2c1-7000-8000-{number:012}"
    event = Event(touchpoint="payment", person=person, event_id=name, params={"order.amount": 38.5})
    return Decide(event, name, sha256(name.encode()).digest())
