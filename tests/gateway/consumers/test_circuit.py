"""One circuit a destination: it spares one that fails, holds up nobody else, and gives way to the schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tactful_gateway.consumers import Consumers
from tactful_gateway.consumers.circuit import PROBES, Circuit
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.registry import KINDS, build, find_address
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import HOUR, MINUTE, SECOND
from tests.gateway.consumers.stage import START, ManualClock, ScriptedSink, write
from tests.gateway.sinks.receiver import Answer, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DOWN = TransientError("503")


class SetClock:
    now_ = START

    def now(self) -> int:
        return self.now_

    async def sleep(self, span: int) -> None:
        raise AssertionError


def circuit(chance: float = 0.5) -> tuple[Circuit, SetClock, list[str]]:
    clock, closed = SetClock(), list[str]()
    return Circuit(clock, lambda: chance, lambda: closed.append("closed")), clock, closed


def test_three_failures_in_a_row_open_it_and_one_success_closes_it() -> None:
    it, _, closed = circuit()
    for _ in range(2):
        it.fail(None)
    it.succeed()
    assert closed == []
    for _ in range(3):
        assert it.state == "closed"
        it.fail(None)
    assert (it.state, it.until) == ("open", START + PROBES[0])
    it.succeed()
    assert (it.state, it.until, closed) == ("closed", None, ["closed"])
    for _ in range(3):
        assert it.state == "closed"
        it.fail(None)
    assert it.until == START + PROBES[0], "it waits as long as the first time"


def test_probes_are_further_and_further_apart_and_at_most_half_an_hour() -> None:
    it, clock, _ = circuit()
    for _ in range(3):
        it.fail(None)
    waits = []
    for _ in range(6):
        assert it.until is not None
        waits.append(it.until - clock.now_)
        clock.now_ = it.until
        assert it.state == "half_open"
        it.enter()
        assert it.state == "open", "the next one waits, whatever comes of this one"
        it.fail(None)
    assert waits == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE]


def test_another_sink_that_is_taken_up_puts_no_probe_off() -> None:
    it, clock, _ = circuit()
    it.remember(2)
    assert it.state == "closed"
    it.remember(3)
    clock.now_ += MINUTE
    it.remember(3)
    assert it.until == START + PROBES[0]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.8), (1.0, 1.2)])
def test_probes_are_spread_by_a_fifth(chance: float, share: float) -> None:
    it, _, _ = circuit(chance)
    for _ in range(3):
        it.fail(None)
    assert it.until == START + round(share * PROBES[0])


def test_a_destination_that_names_a_time_is_left_alone_until_then() -> None:
    it, _, _ = circuit()
    it.fail(HOUR)
    assert (it.state, it.until, it.calm) == ("open", START + HOUR, START + HOUR)
    it.fail(90 * HOUR)
    assert it.calm == START + 24 * HOUR
    it.let_through()
    assert (it.until, it.calm) == (START, 0)


def hooks(clock: ManualClock, *urls: str) -> dict[str, tuple[SinkConfig, Any]]:
    sinks = {}
    for place, url in enumerate(urls):
        name, options = f"h{place}", {"url": url, "secret": SECRET, "allow_private": True}
        config = SinkConfig(id=name, kind="webhook", events=(f"kind.{place}",), from_="beginning", options=options)
        sinks[name] = (config, build(config, clock))
    return sinks


async def test_what_is_new_is_a_reason_to_probe_and_no_try_of_the_schedule(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink, config = ScriptedSink(), SinkConfig(id="s", kind="scripted", from_="beginning")
    sink.fails = lambda _: DOWN
    await write(store, "a")
    async with Consumers(store, {"s": (config, sink)}, clock, lambda: 0.5) as consumers:
        await clock.advance(6 * MINUTE)
        (status,) = consumers.status()
        assert (status.attempts, status.circuit, len(sink.calls)) == (3, "open", 3)
        due = status.retry_at
        await clock.advance(10 * MINUTE)
        assert len(sink.calls) == 3, "nothing new, no probe"
        await write(store, "b")
        consumers.wake()
        await clock.quiet()
        (status,) = consumers.status()
        assert (len(sink.calls), status.attempts, status.retry_at) == (4, 3, due), "the schedule goes on as it was"
        sink.fails = lambda _: None
        await write(store, "c")
        consumers.wake()
        await clock.quiet()
        assert sink.ids == [], "the next probe is ten minutes later"
        await clock.advance(10 * MINUTE)
        assert sink.ids == ["a", "b", "c"]
        assert consumers.status()[0].circuit == "closed"


async def test_a_probe_never_comes_before_retry_after_is_over(store: MemoryStore, clock: ManualClock) -> None:
    sink, config = ScriptedSink(), SinkConfig(id="s", kind="scripted", from_="beginning")
    sink.fails = lambda _: TransientError("429", 2 * HOUR)
    await write(store, "a")
    async with Consumers(store, {"s": (config, sink)}, clock, lambda: 0.5) as consumers:
        for number in range(11):
            await clock.advance(10 * MINUTE)
            await write(store, f"b{number}")
            consumers.wake()
        assert (len(sink.calls), consumers.status()[0].circuit) == (1, "open")
        await clock.advance(10 * MINUTE)
        assert len(sink.calls) == 2


async def test_two_sinks_with_one_destination_share_its_circuit_and_come_back_together(
    store: MemoryStore, receiver: Receiver
) -> None:
    clock = ManualClock(resting=2)
    receiver.answer = lambda _: Answer(503, [("retry-after", "3600")])
    async with Consumers(store, hooks(clock, receiver.url, receiver.url), clock, lambda: 0.5) as consumers:
        await write(store, "a", kind="kind.0")
        consumers.wake()
        await clock.quiet()
        await write(store, "b", kind="kind.1")
        consumers.wake()
        await clock.advance(59 * MINUTE)
        one, two = consumers.status()
        assert [it.circuit for it in (one, two)] == ["open", "open"]
        assert len(receiver.requests) == 1, "who wants to be left alone is asked by neither"
        assert (two.attempts, two.pending) == (0, 1)
        receiver.answer = lambda _: Answer()
        await clock.advance(2 * MINUTE)
        assert sorted(it.headers["webhook-id"] for it in receiver.accepted) == ["a", "b"]
        assert [it.circuit for it in consumers.status()] == ["closed", "closed"]


async def test_what_one_sink_finds_out_lets_another_go_before_its_schedule(
    store: MemoryStore, receiver: Receiver
) -> None:
    clock = ManualClock(resting=2)
    receiver.answer = lambda _: Answer(503)
    async with Consumers(store, hooks(clock, receiver.url, receiver.url), clock, lambda: 0.5) as consumers:
        for place in range(2):
            await write(store, "ab"[place], kind=f"kind.{place}")
            consumers.wake()
            await clock.advance(3 * MINUTE)
        await clock.advance(20 * MINUTE)
        one, two = consumers.status()
        assert (one.attempts, two.attempts) == (3, 3)
        assert one.retry_at is not None
        assert two.retry_at == one.retry_at + 3 * MINUTE
        receiver.answer = lambda _: Answer()
        await clock.advance(one.retry_at + MINUTE - clock.now())
        assert sorted(it.headers["webhook-id"] for it in receiver.accepted) == ["a", "b"]


async def test_another_destination_is_not_held_up(store: MemoryStore, receiver: Receiver) -> None:
    clock = ManualClock(resting=2)
    receiver.answer = lambda it: Answer(503, [("retry-after", "3600")]) if it.path == "/hook" else Answer()
    other = receiver.url.replace("/hook", "/other")
    async with Consumers(store, hooks(clock, receiver.url, other), clock, lambda: 0.5) as consumers:
        await write(store, "a", kind="kind.0")
        await write(store, "b", kind="kind.1")
        consumers.wake()
        await clock.quiet()
        assert [it.headers["webhook-id"] for it in receiver.accepted] == ["b"]
        assert [it.circuit for it in consumers.status()] == ["open", "closed"]


async def test_a_refusal_for_good_opens_no_circuit(store: MemoryStore, clock: ManualClock) -> None:
    sink, config = ScriptedSink(), SinkConfig(id="s", kind="scripted", from_="beginning")
    sink.fails = lambda _: PermanentError("422")
    await write(store, *"abcde")
    async with Consumers(store, {"s": (config, sink)}, clock, lambda: 0.5) as consumers:
        await clock.quiet()
        (status,) = consumers.status()
        assert (status.dead, status.circuit) == (5, "closed")


async def test_a_restart_remembers_that_the_destination_fails(store: MemoryStore, clock: ManualClock) -> None:
    config = SinkConfig(id="s", kind="scripted", from_="beginning")
    for restart in range(2):
        sink = ScriptedSink()
        sink.fails = lambda _: DOWN
        if not restart:
            await write(store, "a")
        async with Consumers(store, {"s": (config, sink)}, clock, lambda: 0.5) as consumers:
            await clock.advance(15 * MINUTE if restart else 6 * MINUTE)  # nothing new, no probe
            assert (consumers.status()[0].circuit, len(sink.calls)) == (("half_open", 0) if restart else ("open", 3))


async def test_letters_wait_for_an_open_circuit_and_each_for_its_own_schedule(
    store: MemoryStore, clock: ManualClock
) -> None:
    sink, config = ScriptedSink(batch=10), SinkConfig(id="s", kind="scripted", from_="beginning")
    sink.fails = lambda _: PermanentError("422")
    await write(store, *"abcd")
    async with Consumers(store, {"s": (config, sink)}, clock, lambda: 0.5) as consumers:
        await clock.quiet()
        calls = len(sink.calls)
        sink.fails = lambda _: DOWN
        await store.retry_letters("sink/s", clock.now())
        await store.give_order("sink/s")
        consumers.heed("s")
        await clock.quiet()
        (status,) = consumers.status()
        assert (len(sink.calls) - calls, status.asked, status.pending, status.state) == (1, 4, 4, "running")
        await clock.advance(5 * SECOND)
        assert [size for _, size in sink.calls[calls:]] == [4, 1, 1], "then alone, until the circuit opens"
        assert consumers.status()[0].circuit == "open"
        sink.fails = lambda _: None
        await clock.advance(6 * MINUTE)
        assert (sorted(sink.ids), consumers.status()[0].dead) == (list("abcd"), 0)


ADDRESSES = {
    "webhook": {"url": "https://a.example/1", "secret": SECRET},
    "clickhouse": {"url": "https://a.example", "database": "d", "table": "t"},
    "kafka": {"brokers": "a:9092", "topic": "t"},
    "nats": {"url": "nats://a", "stream": "S", "subject": "s"},
    "postgres": {"url": "postgresql://a/b", "table": "t"},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_sinks_with_the_same_address_in_all_parts_share_a_circuit(kind: str, tmp_path: Path) -> None:
    options = ADDRESSES.get(kind, {"path": str(tmp_path)})
    same = [find_address(SinkConfig(id=name, kind=kind, options=options)) for name in "ab"]
    assert (same[0] == same[1]) == (kind in ADDRESSES)
    for key in KINDS[kind].address:
        other = find_address(SinkConfig(id="c", kind=kind, options={**options, key: "other"}))
        assert other != same[0]
