"""Many at once over a database: quotas of what waits are exact, and what two schedulers see goes out once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from tactful_gateway.ledger import Ledger, Rulesets
from tactful_gateway.ledger.commands import Decide, Decided, Sent, Wake, Woken
from tactful_gateway.store.records import WakeUp
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, Instant, Span
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.schedule.post import EVENING, QUIET, REACH, sent_ruleset
from tests.gateway.ledger.world import NOW

LIMIT = 20
PERSONS = 120


class SetClock:
    """Stands still until it is set."""

    def __init__(self, now: Instant) -> None:
        self.time = now

    def now(self) -> Instant:
        return self.time

    async def sleep(self, span: Span) -> None:
        await asyncio.sleep(span / 1000)


class Busy:
    """A ledger over SQLite with many callers and several schedulers."""

    def __init__(self, ledger: Ledger, store: SqliteStore, clock: SetClock) -> None:
        self.ledger, self.store, self.clock = ledger, store, clock
        self._names = (f"n-{number}" for number in count())

    async def decide(self, person: str, event: str) -> str:
        name = next(self._names)
        made = Event(touchpoint="payment", person=person, event_id=event, reach=REACH)
        reply = await self.ledger.submit(
            Decide(made, name, sha256(name.encode()).digest(), addresses={"email": b"sealed"})
        )
        assert isinstance(reply, Decided)
        return reply.verdict.reason

    async def wake(self, wake_up: WakeUp) -> str | None:
        name = next(self._names)
        reply = await self.ledger.submit(Wake(wake_up, name, sha256(name.encode()).digest()))
        assert isinstance(reply, Woken)
        if reply.dispatch is None:
            return None
        record = reply.dispatch.record
        await self.ledger.submit(Sent(record.person, record.id, record.rule, record.channel, 0, "m"))
        return record.id


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[Busy]:
    store, clock = await SqliteStore.open(tmp_path / "tactful.db"), SetClock(NOW + EVENING)
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(sent_ruleset("email", policy=QUIET, quota=Quota("asks", LIMIT))))
    async with Ledger(store, rulesets, clock) as ledger:
        yield Busy(ledger, store, clock)
    await store.close()


async def test_a_quota_is_exact_from_the_evening_s_decisions_to_the_morning_s_messages(busy: Busy) -> None:
    calls = (busy.decide(f"p{place % PERSONS}", f"e{place}") for place in range(3 * PERSONS))
    reasons = Counter(await asyncio.gather(*calls))
    assert reasons["deferred"] == LIMIT
    assert reasons.keys() == {"deferred", "pending", "quota_full"}
    busy.clock.time = NOW + DAY
    due = await busy.store.due("email", busy.clock.now(), 1_000)
    assert len(due) == LIMIT
    woken = [wake_up for wake_up in due for _ in range(3)]  # three schedulers saw the same rows
    sent = [name for name in await asyncio.gather(*map(busy.wake, woken)) if name is not None]
    assert sorted(sent) == sorted(wake_up.invitation for wake_up in due)
    assert await busy.store.due("email", busy.clock.now() + HOUR, 1_000) == []
    assert await busy.decide("somebody", "late") == "quota_full"
    asks = [(await busy.store.person(f"p{place}")).asks for place in range(PERSONS)]
    assert sum(asks) == LIMIT
    assert max(asks) == 1
