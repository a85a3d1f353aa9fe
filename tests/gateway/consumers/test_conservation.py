"""Whatever destinations, operators and erasures do, a sink's numbers balance and nothing is lost."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful_gateway.consumers import Consumers, SinkStatus
from tactful_gateway.consumers import feed as feeding
from tactful_gateway.consumers.feed import PAGE, Feed
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import JournalEvent
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import MINUTE, rfc3339
from tests.gateway.consumers.stage import START, ManualClock, ScriptedSink, write

CONFIG = SinkConfig(id="s", kind="scripted", from_="beginning", events=("response.completed", "person.erased"))
OUTCOMES = [None, None, None, TransientError("503"), PermanentError("422", "no"), GoneError("410"), KeyError()]
Step = Literal["write", "other", "wait", "replay", "retry", "some", "restart", "erase"]


def balance(status: SinkStatus) -> None:
    assert status.accepted == status.delivered + status.pending + status.dead + status.erased, status
    assert min(status.delivered, status.pending, status.dead, status.erased, status.asked, status.filtered) >= 0


class World:
    """One sink, its journal and its destination; `step` lets something happen and looks at the numbers."""

    def __init__(self, batch: int, outcomes: list[Exception | None]) -> None:
        self.store, self.clock, self.sink = MemoryStore(), ManualClock(), ScriptedSink(batch)
        script = iter(outcomes)
        self.sink.fails = lambda _: next(script, None)
        self.numbers = itertools.count()
        self.wanted: dict[str, str] = {}
        self.unwanted = 0
        self.replayed = False

    def run(self) -> Consumers:
        return Consumers(self.store, {"s": (CONFIG, self.sink)}, self.clock, lambda: 0.5)

    async def write(self, kind: str, subject: str) -> None:
        name = f"e{next(self.numbers)}"
        event = JournalEvent(
            id=name, source="t", type=f"tactful.{kind}", time=rfc3339(START), subject=subject, data={"person": {}}
        )
        await self.store.transact(Keys(), lambda _: Changes(events=[event]))
        if kind == "invitation.created":
            self.unwanted += 1
        else:
            self.wanted[name] = subject

    async def step(self, step: Step, number: int, consumers: Consumers) -> None:
        store, person = self.store, f"u-{number % 3}"
        if step == "write":
            for _ in range(number % 4 + 1):
                await self.write("response.completed", person)
        elif step == "other":
            await self.write("invitation.created", person)
        elif step == "erase":
            store.personal.erase([person])
            self.wanted = {name: whose for name, whose in self.wanted.items() if whose != person}
            await self.write("person.erased", "")
        elif step == "replay":
            self.replayed = True
            await store.give_order("sink/s", number)
        elif step in ("retry", "some"):
            seqs = [letter.seq for letter in await store.dead_letters("sink/s", 1 + number % 3)]
            await store.retry_letters("sink/s", self.clock.now(), seqs if step == "some" else None)
            await store.give_order("sink/s")
        consumers.heed("s")
        await self.clock.advance(6 * MINUTE if step == "wait" else 0)
        await self.clock.quiet()
        balance(consumers.status()[0])
        assert consumers.status()[0].delivered == len(self.sink.got)

    async def settle(self) -> None:
        """Let the destination take everything, and hold the numbers against what was written."""
        self.sink.fails = lambda _: None
        async with self.run() as consumers:
            await self.store.retry_letters("sink/s", self.clock.now())
            await self.store.give_order("sink/s")
            consumers.heed("s")
            await self.clock.advance(MINUTE)
            (status,) = consumers.status()
        balance(status)
        assert (status.pending, status.dead, status.state) == (0, 0, "running")
        assert set(self.wanted) <= set(self.sink.ids)
        if not self.replayed:
            assert max(Counter(self.sink.ids).values(), default=1) == 1
            first = [one for one in self.sink.ids if one in self.wanted]
            assert sorted(first) == sorted(self.wanted)
            assert status.filtered <= self.unwanted


STEPS = st.tuples(
    st.sampled_from(["write", "write", "other", "wait", "replay", "retry", "some", "restart", "erase"]),
    st.integers(0, 11),
)


@settings(max_examples=40)
@given(
    steps=st.lists(STEPS, max_size=14),
    batch=st.integers(1, 4),
    outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=25),
)
async def test_the_numbers_balance_and_nothing_is_lost_whatever_happens(
    steps: list[tuple[Step, int]], batch: int, outcomes: list[Exception | None]
) -> None:
    world = World(batch, outcomes)
    for is_restart, group in itertools.groupby(steps, lambda it: it[0] == "restart"):
        if not is_restart:
            async with world.run() as consumers:
                for step, number in group:
                    await world.step(step, number, consumers)
    await world.settle()


async def test_without_trouble_accepted_and_filtered_are_all_that_happened() -> None:
    world = World(3, [])
    async with world.run() as consumers:
        for kind in ("write", "other", "write", "other", "other"):
            await world.step(kind, 3, consumers)
        (status,) = consumers.status()
        assert (status.accepted, status.delivered, status.filtered, status.pending) == (8, 8, 3, 0)
        await world.step("replay", 0, consumers)
        (status,) = consumers.status()
        assert (status.accepted, status.delivered, status.filtered, status.pending) == (16, 16, 3, 0)
        assert world.sink.ids == [*world.wanted] * 2


async def test_an_erased_person_s_letters_are_erased_and_not_dead() -> None:
    world = World(1, [PermanentError("422")] * 2)
    async with world.run() as consumers:
        await world.step("write", 1, consumers)
        assert consumers.status()[0].dead == 2
        await world.step("erase", 1, consumers)
        (status,) = consumers.status()
        assert (status.dead, status.erased, status.delivered) == (0, 2, 1)


async def test_a_replay_buries_again_what_is_refused_again_and_counts_it_once() -> None:
    world = World(2, [])
    bad: set[str] = {"e1", "e2"}
    world.sink.fails = lambda delivery: PermanentError("422") if delivery.id in bad else None
    async with world.run() as consumers:
        await world.step("write", 3, consumers)
        assert [it.event_id for it in await world.store.dead_letters("sink/s", 9)] == ["e1", "e2"]
        bad.remove("e1")
        await world.step("replay", 0, consumers)
        (status,) = consumers.status()
        assert (status.delivered, status.dead, status.accepted) == (5, 1, 6)
        (letter,) = await world.store.dead_letters("sink/s", 9)
        assert (letter.event_id, letter.attempts) == ("e2", 2)


async def test_numbers_that_an_older_tactful_left_are_taken_up() -> None:
    world = World(1, [PermanentError("422")])
    async with world.run() as consumers:
        await world.step("write", 2, consumers)
    kept = await world.store.cursor("sink/s")
    assert kept is not None
    old = type(kept)(seq=kept.seq, delivered=kept.delivered)
    await world.store.save_cursor("sink/s", old)
    async with world.run() as consumers:
        await world.step("write", 0, consumers)
        (status,) = consumers.status()
        assert (status.accepted, status.delivered, status.dead, status.erased) == (4, 3, 1, 0)


async def test_of_a_long_journal_it_is_told_how_much_was_not_looked_at_yet(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "_PAGES_A_LOOK", 1)
    for number in range(PAGE):
        await write(store, f"a-{number}")
        await write(store, f"b-{number}", kind="invitation.created")
    feed = Feed(store, lambda row: row.type == "tactful.response.completed", 0)
    told = []
    for more in ("", "", "c", ""):
        if more:
            await write(store, more)
        await feed.look()
        told.append((feed.pending, feed.uncounted))
    half = PAGE // 2
    assert told == [(half, PAGE), (PAGE, 0), (PAGE + 1, 0), (PAGE + 1, 0)]
