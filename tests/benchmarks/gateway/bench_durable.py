"""Durable facts a second: the SQLite store, and the ledger over it, beside bare inserts of the same rows and fsyncs."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from tactful_gateway.clock import SystemClock
from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Accepted, Command, Decide, Decided, Respond
from tactful_gateway.store.base import Changes, Keys, State, Store
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import InvitationRecord
from tactful_gateway.store.sqlite import SqliteStore
from tactful_gateway.store.sqlite_file import connect_writer
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tests.benchmarks.row import Baseline, Row

CALLERS = 64
RESPONSES = 3_000
ROUNDS = 3
SURVEY = Questionnaire(
    "csat", (Question("score", "csat", {"en": "How was paying?"}), Question("why", "text", {"en": "Why?"}))
)
RULESET = Ruleset(
    touchpoints={"payment": Touchpoint("payment", stage="order")},
    rules=(Rule("ask", ("payment",), (Variant("csat"),)),),
    questionnaires={"csat": SURVEY},
    channels={"web": Channel("web", "widget")},
)
ANSWERS = {"score": 4, "why": "The terminal took its time, and the queue behind me grew longer and longer."}


class KeptStore(SqliteStore):
    """A SQLite store that keeps what its commits were asked for and what they wrote, to be done once more."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.commits: list[tuple[Keys, Changes]] = []

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Keep, then commit."""

        def kept(state: State) -> Changes:
            changes = step(state)
            self.commits.append((keys, changes))
            return changes

        await super().transact(keys, kept)


class Speed(Struct, frozen=True):
    """Commands a second, and how many shared a commit on average."""

    rate: float
    batch: float = 1


def rows() -> list[Row]:
    """Measure the store, the ledger over it and in memory, and the bare inserts, in turns; give the best of each."""
    rounds = [_round() for _ in range(ROUNDS)]
    durable, store, bare, memory = (max(speeds, key=_rate) for speeds in zip(*rounds, strict=True))
    note = f"{durable.batch:.0f} answers a commit, best of {ROUNDS} x {RESPONSES:,}"
    baseline = Baseline("executemany of the same rows, same commits", bare.rate)
    return [
        Row(
            name="durable answers, SQLite store alone",
            value=store.rate,
            unit="/s",
            baseline=baseline,
            budget=">= 0.5 of the baseline",
            met=store.rate >= 0.5 * bare.rate,
            note=f"loading, encoding and writing, {note}",
        ),
        Row(
            name="durable answers, ledger and SQLite",
            value=durable.rate,
            unit="/s",
            baseline=baseline,
            note=f"{CALLERS} callers, {note}",
        ),
        Row(
            name="answers, ledger and memory",
            value=memory.rate,
            unit="/s",
            baseline=Baseline("ledger and SQLite", durable.rate),
            note=f"{CALLERS} callers, best of {ROUNDS} x {RESPONSES:,}",
        ),
    ]


def _round() -> tuple[Speed, Speed, Speed, Speed]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tactful.db"
        durable, commits = asyncio.run(_through_sqlite(path))
        store = asyncio.run(_once_more(Path(folder) / "store.db", commits))
        bare = _bare_inserts(path, Path(folder) / "bare.db", round(durable.batch))
    return durable, store, bare, asyncio.run(_measure(MemoryStore(), lambda: 0))


def _rate(speed: Speed) -> float:
    return speed.rate


async def _through_sqlite(path: Path) -> tuple[Speed, list[tuple[Keys, Changes]]]:
    store = await KeptStore.open(path)
    try:
        return await _measure(store, lambda: len(store.commits)), store.commits
    finally:
        await store.close()


async def _once_more(path: Path, commits: Sequence[tuple[Keys, Changes]]) -> Speed:
    """Do the same commits without a ledger, and give how fast those with answers were."""
    store = await SqliteStore.open(path)
    seconds = 0.0
    try:
        for keys, changes in commits:
            start = time.perf_counter()
            await store.transact(keys, lambda _, changes=changes: changes)  # type: ignore[misc]
            seconds += 0.0 if changes.decisions else time.perf_counter() - start
    finally:
        await store.close()
    return Speed(RESPONSES / seconds)


async def _measure(store: Store, commits: Callable[[], int]) -> Speed:
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(RULESET))
    async with Ledger(store, rulesets, SystemClock()) as ledger:
        asked = await _submit(ledger, [_decide(place) for place in range(RESPONSES)])
        responses = [_respond(reply.invitation) for reply in asked if isinstance(reply, Decided) and reply.invitation]
        assert len(responses) == RESPONSES
        before, start = commits(), time.perf_counter()
        done = await _submit(ledger, responses)
        seconds = time.perf_counter() - start
    assert all(isinstance(reply, Accepted) for reply in done)
    return Speed(RESPONSES / seconds, RESPONSES / max(1, commits() - before))


async def _submit(ledger: Ledger, commands: Sequence[Command]) -> list[object]:
    """Submit commands from `CALLERS` callers, each waiting for its reply before the next."""
    left = iter(commands)
    replies: list[object] = []

    async def caller() -> None:
        for command in left:
            replies.append(await ledger.submit(command))  # noqa: PERF401 - the callers share one iterator

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return replies


def _decide(place: int) -> Decide:
    name = f"0199f3f4-d2c1-7000-8000-{place:012}"
    event = Event(touchpoint="payment", person=f"u-{place}", event_id=name, params={"order.amount": 38.5})
    return Decide(event, name, sha256(name.encode()).digest())


def _respond(record: InvitationRecord) -> Respond:
    return Respond(record.person, record.id, record.rule, SURVEY, ANSWERS, complete=True)


def _bare_inserts(kept: Path, path: Path, batch: int) -> Speed:
    """Write what the ledger wrote for the answers once more, without thinking: two events, a person, an invitation."""
    source = sqlite3.connect(kept)
    events = source.execute("SELECT type, subject, at, body FROM journal WHERE seq > ?", (RESPONSES,)).fetchall()
    persons = source.execute("SELECT id, body FROM person").fetchall()
    invitations = source.execute("SELECT id, lookup, person, body FROM invitation").fetchall()
    source.close()
    db = connect_writer(path)
    start = time.perf_counter()
    for place in range(0, RESPONSES, batch):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO person VALUES (?, ?)", persons[place : place + batch])
        asked = invitations[place : place + batch]
        db.executemany("INSERT INTO invitation (id, lookup, person, body) VALUES (?, ?, ?, ?)", asked)
        pair = events[2 * place : 2 * (place + batch)]
        db.executemany("INSERT INTO journal (type, subject, at, body) VALUES (?, ?, ?, ?)", pair)
        db.execute("COMMIT")
    seconds = time.perf_counter() - start
    db.close()
    return Speed(RESPONSES / seconds, batch)
