"""What is said of a sink that failed, for as long as it lacks something because of that, and how it is tried again."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from tactful_gateway.consumers.circuit import Circuit
from tactful_gateway.consumers.handing import Handing
from tactful_gateway.consumers.operating import Operator
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Cursor
from tactful_rules.model.ids import DAY, MINUTE, SECOND
from tests.gateway.consumers.stage import START, ManualClock, ScriptedSink, write
from tests.gateway.consumers.test_runner import MIDDLE, only, run


def handing_to(sink: ScriptedSink, clock: ManualClock) -> Handing:
    async def nothing() -> None:
        """Have nothing to do meanwhile."""

    return Handing("s", sink, Circuit(clock, lambda: MIDDLE, lambda: None), clock, nothing)


async def test_a_dead_letter_that_arrived_after_all_is_no_trouble_any_more(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: PermanentError("HTTP 400 Bad Request", "who?")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert (only(consumers).dead, only(consumers).error) == (1, "HTTP 400 Bad Request")
        operator = Operator(store, consumers, clock)
        await operator.retry("s", None)
        await clock.quiet()
        assert (only(consumers).dead, only(consumers).error) == (1, "HTTP 400 Bad Request")
        sink.fails = lambda _: None
        await operator.retry("s", None)
        await clock.quiet()
        assert (sink.ids, only(consumers).dead, only(consumers).error) == (["a"], 0, "")
    async with run(store, clock, sink) as consumers:  # nor after a restart
        await clock.quiet()
        assert only(consumers).error == ""


async def test_a_dead_letter_that_grew_too_old_is_no_trouble_any_more(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: PermanentError("HTTP 400 Bad Request", "who?")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        await store.personal.drop_dead_letters(clock.now() + 1)
        await clock.advance(DAY)
        assert (only(consumers).erased, only(consumers).error) == (1, "")


async def test_an_event_that_was_erased_while_it_was_tried_is_no_trouble_any_more(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: TransientError("HTTP 503")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.advance(5 * SECOND)
        assert (only(consumers).state, only(consumers).error) == ("retrying", "HTTP 503")
        await store.personal.sweep("u-1")
        await clock.advance(DAY)
        assert (only(consumers).state, only(consumers).erased, only(consumers).error) == ("running", 1, "")


async def test_a_sink_that_can_be_opened_by_now_is_in_no_trouble(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.opens = lambda: TransientError("no such disk")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert only(consumers).error == "no such disk"
        sink.opens = lambda: None
        await write(store, "a")
        consumers.wake()
        await clock.quiet()
        assert (sink.ids, only(consumers).error) == (["a"], "")


async def test_a_plug_in_that_waited_for_a_cancelled_task_of_its_own_is_called_again(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: asyncio.CancelledError()
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert (only(consumers).state, only(consumers).error) == ("retrying", "unexpected CancelledError")
        sink.fails = lambda _: None
        await clock.advance(DAY)
        assert (sink.ids, only(consumers).state) == (["a"], "running")


async def test_a_letter_begins_the_schedule_anew_each_time_and_every_attempt_counts(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    refused = PermanentError("HTTP 422", "who?")
    sink.fails = lambda _: refused
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        for attempts in (4, 7):  # the third one at once is refused
            sink.fails = lambda _: TransientError("HTTP 503") if len(sink.calls) % 3 != 1 else refused
            await Operator(store, consumers, clock).retry("s", None)
            await clock.quiet()
            (waits,) = await store.due_letters("sink/s", clock.now() + MINUTE, 9)
            assert (waits.tries, waits.error, waits.due) == (1, "HTTP 503", clock.now() + 5 * SECOND)
            await clock.advance(6 * MINUTE)
            (letter,) = await store.dead_letters("sink/s", 9)
            assert (letter.attempts, letter.due, letter.error) == (attempts, None, "HTTP 422")


async def test_an_operator_s_wish_begins_the_schedule_of_what_fails_anew(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: TransientError("HTTP 503")
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.advance(MINUTE)
        before = await store.cursor("sink/s")
        await Operator(store, consumers, clock).retry("s", None)
        await clock.quiet()
        after = await store.cursor("sink/s")
    assert before is not None
    assert after is not None
    assert (before.attempts, after.attempts) == (2, 1)


async def test_an_error_is_over_with_the_next_event_that_arrives(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda it: PermanentError("HTTP 400") if it.id == "a" else None
    await write(store, "a")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert only(consumers).error == "HTTP 400"
        await write(store, "b")
        consumers.wake()
        await clock.quiet()
        assert (only(consumers).dead, only(consumers).error) == (1, "")


async def test_of_several_replays_ordered_at_once_the_one_from_furthest_back_counts(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink()
    await write(store, *"abcd")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        for replay in (3, 1, 2, 9):
            number = await store.give_order("sink/s", replay)
        consumers.heed("s")
        await clock.quiet()
        assert (sink.ids, only(consumers).order) == ([*"abcd", *"bcd"], number)


async def test_a_start_starts_a_stopped_sink_for_every_gateway(store: MemoryStore, clock: ManualClock) -> None:
    await store.save_cursor("sink/s", Cursor(seq=0, accepted=0, stopped="HTTP 410"))
    async with run(store, clock, ScriptedSink()) as consumers:
        await clock.quiet()
        assert only(consumers).state == "running"
        assert await store.cursor("sink/s") == Cursor(seq=0, accepted=0)


async def test_letters_tried_together_are_refused_one_by_one_and_the_others_arrive_as_they_were(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink(batch=10)
    sink.fails = lambda _: PermanentError("HTTP 422", "who?")
    for place, name in enumerate("abc"):
        await write(store, name, at=START + place)
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert only(consumers).dead == 3
        sink.fails = lambda it: PermanentError("HTTP 400", "not you") if it.id == "b" else None
        await Operator(store, consumers, clock).retry("s", None)
        await clock.quiet()
        assert (only(consumers).delivered, only(consumers).dead, only(consumers).asked) == (2, 1, 0)
        (letter,) = await store.dead_letters("sink/s", 9)
        assert (letter.event_id, letter.attempts, letter.error, letter.answer) == ("b", 2, "HTTP 400", "not you")
        sink.fails = lambda _: None
        await Operator(store, consumers, clock).retry("s", None)
        await clock.quiet()
    rows = {row.seq: row for row in await store.journal(0, 9)}
    assert sorted(it.id for it in sink.got) == ["a", "b", "c"]
    for it in sink.got:
        row = rows[it.seq]
        assert (it.type, it.subject, it.at, it.body) == (row.type, row.subject, row.at, row.body)


async def test_a_destination_that_wants_nothing_more_gets_no_further_letter(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink = ScriptedSink(batch=10)
    sink.fails = lambda _: PermanentError("HTTP 422")
    await write(store, *"abc")
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        sink.fails = lambda it: GoneError("HTTP 410") if it.id == "b" else PermanentError("HTTP 422")
        calls = len(sink.calls)
        await Operator(store, consumers, clock).retry("s", None)
        await clock.quiet()
        status = only(consumers)
        assert (status.state, status.dead, status.asked, len(sink.calls) - calls) == ("stopped", 1, 2, 3)


async def test_letters_that_go_while_they_wait_are_waited_for_no_more(store: MemoryStore, clock: ManualClock) -> None:
    sink = ScriptedSink()
    sink.fails = lambda _: PermanentError("HTTP 422")
    await write(store, "a")
    with capture_logs() as lines:
        async with run(store, clock, sink) as consumers:
            await clock.quiet()
            sink.fails = lambda _: TransientError("HTTP 503")
            await Operator(store, consumers, clock).retry("s", None)
            await clock.quiet()
            assert only(consumers).asked == 1
            await store.personal.drop_dead_letters(clock.now() + 1)
            await clock.advance(10 * SECOND)
            assert (only(consumers).asked, only(consumers).erased) == (0, 1)
    assert "sink_consumer_failed" not in {line["event"] for line in lines}


async def test_a_sink_that_was_closed_is_opened_again_before_it_gets_anything(clock: ManualClock) -> None:
    sink = ScriptedSink()
    handing = handing_to(sink, clock)
    for times in (1, 2):
        await handing.open()
        for place in range(2):
            await handing.hand([Delivery(place, "id", "t", "p", START, b"{}")])
        assert (sink.opened, len(sink.got)) == (times, 2 * times)
        await handing.close()


@pytest.mark.parametrize("place", ["deliver", "close"])
async def test_what_a_plug_in_raises_is_logged_by_its_place_and_without_its_words(
    clock: ManualClock, place: str
) -> None:
    sink, words = ScriptedSink(), "what a person wrote"

    def fails(*_: object) -> None:
        raise KeyError(words)

    setattr(sink, place, fails)
    handing = handing_to(sink, clock)
    with capture_logs() as lines:
        if place == "deliver":
            outcome = await handing.hand([Delivery(1, "id", "t", "p", START, b"{}")])
            assert (outcome.result, outcome.error) == ("failed", "unexpected KeyError")
        else:
            await handing.close()
    (line,) = lines
    assert (line["event"], line["sink"]) == (f"sink_{'not_closed' if place == 'close' else 'failed_unexpectedly'}", "s")
    assert "fails" in str(line["trace"])
    assert words not in str(line)
