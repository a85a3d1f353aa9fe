"""One sink behind its cursor: order, filters, failures, restarts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from structlog.testing import capture_logs

from tactful_gateway.consumers import Consumers, SinkStatus
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.retry import SCHEDULE
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Cursor, DeadLetter
from tactful_rules.model.condition import Test
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import HOUR, MINUTE, SECOND
from tests.gateway.consumers.stage import HANGING, START, ManualClock, ScriptedSink, write

MIDDLE = 0.5
CONFIG = SinkConfig(id="s", kind="scripted", from_="beginning")


def run(store: MemoryStore, clock: ManualClock, sink: Sink, config: SinkConfig = CONFIG) -> Consumers:
    return Consumers(store, {config.id: (config, sink)}, clock, lambda: MIDDLE)


def only(consumers: Consumers) -> SinkStatus:
    (status,) = consumers.status()
    return status


async def test_events_arrive_in_journal_order_and_are_counted(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink(batch=3)
    names = [f"e{number}" for number in range(10)]
    await write(store, *names)
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert sink.ids == names
        assert [size for _, size in sink.calls] == [3, 3, 3, 1]
        status = only(consumers)
        assert (status.state, status.seq, status.delivered, status.pending, status.dead) == ("running", 10, 10, 0, 0)
    assert sink.closed == 1


async def test_a_wake_brings_what_was_written_meanwhile(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        await write(store, "late")
        consumers.wake()
        await clock.quiet()
        assert sink.ids == ["late"]


async def test_without_a_wake_the_journal_is_still_looked_at(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    async with run(store, clock, sink):
        await clock.quiet()
        await write(store, "from another process")
        await clock.advance(5 * SECOND)
        assert sink.ids == ["from another process"]


async def test_only_wanted_types_arrive_and_the_cursor_passes_the_rest(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    config = SinkConfig(id="s", kind="scripted", from_="beginning", events=("response.completed", "person.opted_out"))
    await write(store, "a", kind="invitation.created")
    await write(store, "b")
    await write(store, "c", kind="person.opted_out")
    await write(store, "d", kind="invitation.expired")
    async with run(store, clock, sink, config) as consumers:
        await clock.quiet()
        assert sink.ids == ["b", "c"]
        assert only(consumers).seq == 4
        assert only(consumers).pending == 0
    kept = await store.cursor("sink/s")
    assert kept is not None
    assert kept.seq == 4


async def test_only_a_condition_that_is_true_delivers(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    where = Test("answers.score", "at_most", 2)
    config = SinkConfig(id="s", kind="scripted", from_="beginning", where=where)
    await write(store, "bad", answers={"score": 1})
    await write(store, "good", answers={"score": 5})
    await write(store, "unknown", answers={})
    await write(store, "ill-typed", answers={"score": "1"})
    async with run(store, clock, sink, config):
        await clock.quiet()
        assert sink.ids == ["bad"]


async def test_a_sink_added_later_starts_at_now(store: MemoryStore, clock: ManualClock) -> None:
    await write(store, "old")
    sink = ScriptedSink()
    config = SinkConfig(id="s", kind="scripted")
    async with run(store, clock, sink, config) as consumers:
        await clock.quiet()
        await write(store, "new")
        consumers.wake()
        await clock.quiet()
    assert sink.ids == ["new"]


async def test_a_new_sink_s_now_survives_a_restart_before_its_first_event(
    store: MemoryStore, clock: ManualClock
) -> None:
    config = SinkConfig(id="s", kind="scripted")
    async with run(store, clock, ScriptedSink(), config):
        await clock.quiet()
    await write(store, "while it was down")
    sink = ScriptedSink()
    async with run(store, clock, sink, config):
        await clock.quiet()
    assert sink.ids == ["while it was down"]


async def test_a_restart_goes_on_where_it_was(store: MemoryStore, clock: ManualClock) -> None:
    first, second = ScriptedSink(), ScriptedSink()
    await write(store, "a", "b")
    async with run(store, clock, first):
        await clock.quiet()
    await write(store, "c")
    async with run(store, clock, second) as consumers:
        await clock.quiet()
        assert only(consumers).delivered == 3
    assert first.ids + second.ids == ["a", "b", "c"]


async def test_a_failing_destination_is_tried_on_the_schedule_with_one_delivery(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink(batch=100)
    sink.fails = lambda _: TransientError("503")
    await write(store, "a", "b", "c")
    async with run(store, clock, sink) as consumers:
        await clock.advance(3 * HOUR)
        offsets = [at - START for at, _ in sink.calls]
        assert offsets == [
            0,
            5 * SECOND,
            5 * SECOND + 5 * MINUTE,
            5 * SECOND + 35 * MINUTE,
            2 * HOUR + 35 * MINUTE + 5 * SECOND,
        ]
        assert [size for _, size in sink.calls] == [3, 1, 1, 1, 1]
        status = only(consumers)
        assert (status.state, status.attempts, status.pending, status.error) == ("retrying", 5, 3, "503")
        sink.fails = lambda _: None
        await clock.advance(5 * HOUR)
        assert sink.ids == ["a", "b", "c"]
        assert sink.calls[-1][1] == 2
        assert only(consumers).error == ""


async def test_new_events_do_not_hurry_a_retry_and_are_counted_as_pending(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: TransientError("503")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.advance(MINUTE)
        calls = len(sink.calls)
        await write(store, "b", "c")
        consumers.wake()
        await clock.quiet()
        assert len(sink.calls) == calls
        assert only(consumers).pending == 3


async def test_a_restart_keeps_to_the_attempts_made_and_the_time_named(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: TransientError("503")
    await write(store, "a")
    async with run(store, clock, sink):
        await clock.advance(MINUTE)
    again = ScriptedSink()
    async with run(store, clock, again) as consumers:
        await clock.quiet()
        assert again.calls == []
        assert only(consumers).attempts == 2
        await clock.advance(5 * MINUTE)
        assert again.ids == ["a"]


async def test_retry_after_counts_when_it_is_longer_than_the_schedule(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: TransientError("429", retry_after=10 * MINUTE)
    await write(store, "a")
    async with run(store, clock, sink):
        await clock.advance(11 * MINUTE)
        assert [at - START for at, _ in sink.calls] == [0, 10 * MINUTE]


async def test_after_ten_attempts_the_event_is_a_dead_letter_and_the_next_has_its_turn(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda delivery: TransientError("503") if delivery.id == "poison" else None
    await write(store, "poison", "fine")
    async with run(store, clock, sink) as consumers:
        await clock.advance(sum(SCHEDULE) - SECOND)
        assert sink.ids == []
        await clock.advance(SECOND)
        assert sink.ids == ["fine"]
        status = only(consumers)
        assert (status.delivered, status.pending, status.dead) == (1, 0, 1)
    (letter,) = await store.dead_letters("sink/s", 10)
    assert (letter.event_id, letter.attempts, letter.error) == ("poison", 10, "503")
    assert len([1 for at, _ in sink.calls]) == 11


async def test_what_is_refused_for_good_is_found_within_its_batch(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink(batch=10)
    sink.fails = lambda delivery: PermanentError("HTTP 422", "no such field") if delivery.id in "bd" else None
    await write(store, "a", "b", "c", "d", "e")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert sink.ids == ["a", "c", "e"]
        status = only(consumers)
        assert (status.delivered, status.pending, status.dead, status.state) == (3, 0, 2, "running")
    letters = await store.dead_letters("sink/s", 10)
    assert [(letter.event_id, letter.error, letter.answer) for letter in letters] == [
        ("b", "HTTP 422", "no such field"),
        ("d", "HTTP 422", "no such field"),
    ]
    assert letters[0].body == (await store.journal(1, 1))[0].body


async def test_a_letter_whose_destination_is_gone_keeps_new_events_from_it_too(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: PermanentError("422")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        sink.fails = lambda delivery: GoneError("HTTP 410 Gone") if delivery.id == "a" else None
        await write(store, "b")
        await store.retry_letters("sink/s", clock.now())
        await store.give_order("sink/s")
        consumers.heed("s")
        await clock.quiet()
        status = only(consumers)
        assert (sink.ids, status.state, status.pending) == ([], "stopped", 2)


async def test_a_destination_that_is_gone_stops_the_sink_visibly(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: GoneError("HTTP 410 Gone")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.advance(3 * HOUR)
        assert len(sink.calls) == 1
        status = only(consumers)
        assert (status.state, status.error, status.pending) == ("stopped", "HTTP 410 Gone", 1)
        sink.fails = lambda _: None
        await store.give_order("sink/s")
        consumers.heed("s")
        await clock.quiet()
        assert sink.ids == ["a"]
        assert only(consumers).state == "running"


async def test_starting_the_gateway_again_starts_a_stopped_sink(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: GoneError("HTTP 410 Gone")
    await write(store, "a")
    async with run(store, clock, sink):
        await clock.quiet()
    kept = await store.cursor("sink/s")
    assert kept is not None
    assert kept.stopped == "HTTP 410 Gone"
    again = ScriptedSink()
    async with run(store, clock, again):
        await clock.quiet()
    assert again.ids == ["a"]


async def test_an_unexpected_error_is_tried_again_like_any_other(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: ZeroDivisionError("secret of u-1") if len(sink.calls) == 1 else None
    await write(store, "a")
    with capture_logs() as logged:
        async with run(store, clock, sink) as consumers:
            await clock.quiet()
            assert only(consumers).error == "unexpected ZeroDivisionError"
            await clock.advance(5 * SECOND)
            assert sink.ids == ["a"]
    assert "ZeroDivisionError" in str(logged)
    assert "secret of u-1" not in str(logged)


async def test_a_sink_that_can_not_be_opened_is_opened_on_the_schedule(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.opens = lambda: TransientError("no such disk")
    async with run(store, clock, sink) as consumers:
        await clock.advance(HOUR)
        assert (only(consumers).error, only(consumers).attempts) == ("no such disk", 0)
        await write(store, "a")
        consumers.wake()
        await clock.quiet()
        assert only(consumers).state == "retrying"
        sink.opens = lambda: None
        await clock.advance(5 * SECOND)
        assert sink.ids == ["a"]


class FlakyStore(MemoryStore):
    """A store that can't write cursors while `down`."""

    down = False

    async def save_cursor(self, consumer: str, cursor: Cursor, dead: Sequence[DeadLetter] = (), **letters: Any) -> None:
        if self.down:
            raise StoreUnavailableError("disk full")
        await super().save_cursor(consumer, cursor, dead, **letters)


async def test_what_arrived_is_not_sent_again_because_the_cursor_could_not_be_saved(clock: ManualClock) -> None:
    store, sink = FlakyStore(), ScriptedSink()
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        store.down = True
        await write(store, "a", "b")
        consumers.wake()
        await clock.advance(MINUTE)
        assert sink.ids == ["a"]
        store.down = False
        await clock.advance(2 * SECOND)
        assert sink.ids == ["a", "b"]


async def test_shutdown_does_not_wait_for_a_hanging_destination(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.hangs = True
    await write(store, "a")
    async with run(store, clock, sink):
        while not sink.calls:
            await asyncio.sleep(0)
        began = time.monotonic()
    assert time.monotonic() - began < HANGING / 2
    assert sink.closed == 1
    kept = await store.cursor("sink/s")
    assert kept is not None
    assert kept.seq == 0


async def test_shutdown_lets_a_delivery_under_way_end_so_that_it_is_not_repeated(
    store: MemoryStore, clock: ManualClock
) -> None:
    class SlowSink(ScriptedSink):
        async def deliver(self, deliveries: Sequence[Delivery], now: int) -> None:
            self.calls.append((now, len(deliveries)))
            await asyncio.sleep(0.2)
            self.got += deliveries

    sink = SlowSink()
    await write(store, "a", "b")
    async with run(store, clock, sink):
        while not sink.calls:
            await asyncio.sleep(0)
    again = ScriptedSink()
    async with run(store, clock, again):
        await clock.quiet()
    assert sink.ids + again.ids == ["a", "b"]


async def test_what_a_sink_does_not_want_is_passed_in_writing_every_thousand_events_and_ten_minutes(
    store: MemoryStore, clock: ManualClock
) -> None:
    async def written() -> int:
        consumers.wake()
        await clock.quiet()
        cursor = await store.cursor("sink/s")
        assert cursor is not None
        return cursor.seq

    async with run(store, clock, ScriptedSink(), replace(CONFIG, events=("person.erased",))) as consumers:
        for more, seq in ((999, 0), (1, 1000), (1, 1000)):
            await write(store, *["other"] * more)
            assert await written() == seq
        await clock.advance(10 * MINUTE - SECOND)
        assert await written() == 1000
        await clock.advance(6 * SECOND)
        assert await written() == 1001
