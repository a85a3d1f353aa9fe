"""Several sinks side by side: none delays another, and their numbers always balance."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful_gateway.consumers import Consumers, group, operating
from tactful_gateway.consumers.operating import Operator, SinkInUseError
from tactful_gateway.consumers.runner import POLL, consumer_of
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.sinks.registry import build
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import HOUR, MINUTE
from tests.gateway.consumers.stage import HANGING, ManualClock, ScriptedSink, write
from tests.gateway.sinks.receiver import Answer, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def test_a_stuck_sink_does_not_delay_another(store: MemoryStore) -> None:
    stuck, lively = ScriptedSink(), ScriptedSink()
    stuck.hangs = True
    clock = ManualClock(resting=1)
    configs = {name: SinkConfig(id=name, kind="scripted", from_="beginning") for name in ("stuck", "lively")}
    await write(store, "a", "b")
    sinks = {"stuck": (configs["stuck"], stuck), "lively": (configs["lively"], lively)}
    async with Consumers(store, sinks, clock, random.random) as consumers:
        await clock.quiet()
        assert lively.ids == ["a", "b"]
        await write(store, "c")
        consumers.wake()
        await clock.quiet()
        assert lively.ids == ["a", "b", "c"]
        assert [status.pending for status in consumers.status()] == [2, 0]


async def test_an_unchanged_sink_goes_on_undisturbed_when_others_are_replaced(store: MemoryStore) -> None:
    kept, left, late = ScriptedSink(), ScriptedSink(), ScriptedSink()
    one, two, three = (SinkConfig(id=name, kind="scripted", from_="beginning") for name in ("one", "two", "three"))
    clock = ManualClock(resting=2)
    await write(store, "a")
    async with Consumers(store, {"one": (one, kept), "two": (two, left)}, clock, random.random) as consumers:
        await clock.quiet()
        await consumers.replace({"one": (one, ScriptedSink()), "three": (three, late)})
        await clock.quiet()
        assert (kept.closed, left.closed) == (0, 1)
        assert late.ids == ["a"]
        assert [status.id for status in consumers.status()] == ["one", "three"]
        await write(store, "b")
        consumers.wake()
        await clock.quiet()
        assert kept.ids == ["a", "b"]


async def test_a_stuck_sink_that_is_replaced_holds_up_its_successor_alone(store: MemoryStore) -> None:
    stuck, successor, lively = ScriptedSink(), ScriptedSink(), ScriptedSink()
    stuck.hangs = stuck.hangs_closing = True
    config = SinkConfig(id="one", kind="scripted", from_="beginning")
    changed = msgspec.structs.replace(config, kind="other")
    other = SinkConfig(id="two", kind="scripted", from_="beginning")
    await write(store, "a")
    async with Consumers(store, {"one": (config, stuck)}, ManualClock(), random.random) as consumers:
        while not stuck.calls:
            await asyncio.sleep(0.01)
        # The one between never gets its turn, and must not open it for the next.
        await consumers.replace({"one": (msgspec.structs.replace(config, kind="never"), ScriptedSink())})
        await consumers.replace({"one": (changed, successor), "two": (other, lively)})
        while not lively.ids:
            await asyncio.sleep(0.01)
        assert (successor.calls, stuck.closed) == ([], 0), "others do not wait until it is cut off"
        async with asyncio.timeout(HANGING / 2):
            while not successor.ids:
                await asyncio.sleep(0.01)
        assert (successor.ids, stuck.closed) == (["a"], 1)
        assert [(status.id, status.delivered) for status in consumers.status()] == [("one", 1), ("two", 1)]


async def test_what_is_committed_right_after_the_start_is_after_a_new_sink_s_now(store: MemoryStore) -> None:
    clock, sink = ManualClock(), ScriptedSink()
    async with Consumers(store, {"new": (SinkConfig(id="new", kind="scripted"), sink)}, clock, random.random):
        await write(store, "first")
        await clock.quiet()
        await clock.advance(POLL)
        assert sink.ids == ["first"]


async def test_a_sink_that_neither_delivers_nor_closes_does_not_keep_the_gateway_from_ending(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "GRACE", 0.5)
    monkeypatch.setattr(group, "CLOSING", 3.0)  # so that a machine that hesitates leaves it the time to begin
    stuck = ScriptedSink()
    stuck.hangs = stuck.hangs_closing = True
    config = SinkConfig(id="stuck", kind="scripted", from_="beginning")
    await write(store, "a")
    async with asyncio.timeout(HANGING / 2):
        async with Consumers(store, {"stuck": (config, stuck)}, ManualClock(), random.random):
            while not stuck.calls:
                await asyncio.sleep(0.01)
    assert stuck.closed == 1


async def test_a_sink_that_still_delivers_is_forgotten_once_it_has_ended(store: MemoryStore) -> None:
    sink, answers = ScriptedSink(), asyncio.Event()
    config = SinkConfig(id="gone", kind="scripted", from_="beginning")
    await write(store, "a")

    async def deliver(*_: object) -> None:
        sink.calls.append((0, 1))
        await answers.wait()
        raise TransientError("no")

    sink.deliver = deliver  # type: ignore[method-assign]
    async with Consumers(store, {"gone": (config, sink)}, ManualClock(), random.random) as consumers:
        while not sink.calls:
            await asyncio.sleep(0.01)
        await consumers.replace({})
        forgetting = asyncio.create_task(Operator(store, consumers, ManualClock()).forget("gone"))
        await asyncio.sleep(0.05)
        answers.set()
        assert await forgetting == 0
    assert await store.cursor(consumer_of("gone")) is None


async def test_a_sink_that_can_not_be_cut_off_is_in_use_until_it_has_ended(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "GRACE", 0.05)
    monkeypatch.setattr(group, "CLOSING", 0.05)
    monkeypatch.setattr(operating, "ENDING", 0.3)
    sink, answers, cuts = ScriptedSink(), asyncio.Event(), 0
    config = SinkConfig(id="gone", kind="scripted", from_="beginning")
    await write(store, "a")

    async def deliver(*_: object) -> None:
        nonlocal cuts
        sink.calls.append((0, 1))
        while not answers.is_set():
            try:
                await answers.wait()
            except asyncio.CancelledError:
                cuts += 1

    sink.deliver = deliver  # type: ignore[method-assign]
    async with Consumers(store, {"gone": (config, sink)}, ManualClock(), random.random) as consumers:
        operator = Operator(store, consumers, ManualClock())
        while not sink.calls:
            await asyncio.sleep(0.01)
        await consumers.replace({})
        try:
            async with asyncio.timeout(HANGING):
                with pytest.raises(SinkInUseError, match="does not end"):
                    await operator.forget("gone")
        finally:
            answers.set()
        assert cuts > 0
        assert await operator.forget("gone") == 0
    assert await store.cursor(consumer_of("gone")) is None


def real_sinks(clock: ManualClock, path: Path, receiver: Receiver) -> dict[str, tuple[SinkConfig, object]]:
    options = {"url": receiver.url, "secret": SECRET, "allow_private": True}
    hook = SinkConfig(id="hook", kind="webhook", from_="beginning", options=options)
    file = SinkConfig(id="file", kind="jsonl", from_="beginning", options={"path": str(path)})
    return {config.id: (config, build(config, clock)) for config in (hook, file)}


def lines(path: Path) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]


async def test_a_webhook_down_for_an_hour_delays_no_file_and_loses_nothing_over_a_restart(
    store: MemoryStore, tmp_path: Path, receiver: Receiver
) -> None:
    clock, path = ManualClock(resting=2), tmp_path / "answers.jsonl"
    receiver.answer = lambda _: Answer(503)
    written: list[str] = []

    async def ten_minutes(consumers: Consumers) -> None:
        name = f"e{len(written):02d}"
        written.append(name)
        await write(store, name)
        consumers.wake()
        await clock.quiet()
        assert lines(path) == written
        await clock.advance(10 * MINUTE)

    for _ in range(2):
        async with Consumers(store, real_sinks(clock, path, receiver), clock, lambda: 0.5) as consumers:
            for _ in range(3):
                await ten_minutes(consumers)
            hook, file = consumers.status()
            assert (hook.delivered, hook.pending) == (0, len(written))
            assert (file.delivered, file.pending) == (len(written), 0)
    # The schedule's four, and a probe for what was new at 10, 20 and 40 minutes.
    assert len(receiver.requests) == 7
    receiver.answer = lambda _: Answer()
    async with Consumers(store, real_sinks(clock, path, receiver), clock, lambda: 0.5) as consumers:
        await clock.advance(2 * HOUR)
        assert [request.headers["webhook-id"] for request in receiver.accepted] == written
        assert lines(path) == written
        assert [(status.delivered, status.pending, status.dead) for status in consumers.status()] == [(6, 0, 0)] * 2
    attempts = [request.headers for request in receiver.requests if request.headers["webhook-id"] == "e00"]
    assert len({headers["webhook-timestamp"] for headers in attempts}) == len(attempts) == 8


async def test_410_stops_the_webhook_and_429_makes_it_wait_as_told(
    store: MemoryStore, tmp_path: Path, receiver: Receiver
) -> None:
    clock = ManualClock(resting=2)
    receiver.answer = lambda _: Answer(429, [("retry-after", "3600")])
    await write(store, "a")
    async with Consumers(store, real_sinks(clock, tmp_path / "a.jsonl", receiver), clock, random.random) as consumers:
        await clock.advance(59 * MINUTE)
        assert len(receiver.requests) == 1
        receiver.answer = lambda _: Answer(410)
        await clock.advance(MINUTE)
        assert len(receiver.requests) == 2
        await clock.advance(2 * HOUR)
        assert len(receiver.requests) == 2
        hook = consumers.status()[0]
        assert (hook.state, hook.error) == ("stopped", "HTTP 410 Gone: the destination wants nothing more")


async def test_a_refusal_keeps_the_destination_s_answer_with_the_dead_letter(
    store: MemoryStore, tmp_path: Path, receiver: Receiver
) -> None:
    clock = ManualClock(resting=2)
    receiver.answer = lambda request: (
        Answer(422, body=b'{"error": "unknown person"}') if request.headers["webhook-id"] == "b" else Answer()
    )
    await write(store, "a", "b", "c")
    async with Consumers(store, real_sinks(clock, tmp_path / "a.jsonl", receiver), clock, random.random):
        await clock.quiet()
    assert [request.headers["webhook-id"] for request in receiver.accepted] == ["a", "c"]
    (letter,) = await store.dead_letters("sink/hook", 10)
    assert (letter.error, letter.answer) == ("HTTP 422 Unprocessable Entity", '{"error": "unknown person"}')


OUTCOMES = st.sampled_from(
    [None, None, None, TransientError("503"), PermanentError("422"), GoneError("410"), KeyError()]
)


@settings(max_examples=30, deadline=None)
@given(
    scripts=st.lists(st.lists(OUTCOMES, max_size=30), min_size=1, max_size=3),
    batch=st.integers(1, 4),
    bursts=st.lists(st.integers(0, 6), min_size=1, max_size=6),
    restarts=st.booleans(),
)
async def test_whatever_destinations_do_every_event_is_delivered_pending_or_dead(
    scripts: list[list[Exception | None]], batch: int, bursts: list[int], restarts: bool
) -> None:
    store, clock = MemoryStore(), ManualClock(resting=len(scripts))
    sinks = {f"s{place}": ScriptedSink(batch) for place in range(len(scripts))}
    for sink, script in zip(sinks.values(), scripts, strict=True):
        outcomes = iter(script)
        sink.fails = lambda _, outcomes=outcomes: next(outcomes, None)
    pairs = {name: (SinkConfig(id=name, kind="scripted", from_="beginning"), sink) for name, sink in sinks.items()}
    written: list[str] = []

    async def burst(consumers: Consumers, size: int) -> None:
        names = [f"e{len(written) + place}" for place in range(size)]
        written.extend(names)
        await write(store, *names)
        consumers.wake()
        await clock.advance(MINUTE)
        for status in consumers.status():
            assert status.delivered + status.pending + status.dead == len(written)
            assert status.delivered == len(set(sinks[status.id].ids))

    rounds = [[size] for size in bursts] if restarts else [bursts]
    for sizes in rounds:
        async with Consumers(store, pairs, clock, lambda: 0.5) as consumers:
            for size in sizes:
                await burst(consumers, size)
    async with Consumers(store, pairs, clock, lambda: 0.5) as consumers:
        for _ in range(40):
            for name in sinks:
                await store.give_order(f"sink/{name}")
                consumers.heed(name)
            await clock.quiet()
        for name, sink in sinks.items():
            dead = [letter.event_id for letter in await store.dead_letters(f"sink/{name}", 100)]
            assert sorted([*sink.ids, *dead]) == sorted(written)
            assert sink.ids == [one for one in written if one not in dead]
