"""A destination that hangs, lies, is slow or refuses harms nobody else; each is a real server on a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.consumers import Consumers, SinkStatus, handing
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.registry import build
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import JournalEvent
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import rfc3339
from tests.eventually import PATIENCE
from tests.gateway.consumers.stage import START
from tests.gateway.sinks.receiver import Answer, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = [(f"e{number:02d}", f"u-{number % 3}") for number in range(12)]
NAMES = [name for name, _ in EVENTS]
Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


async def write(store: MemoryStore) -> None:
    events = [
        JournalEvent(
            id=name, source="t", type="tactful.response.completed", time=rfc3339(START), subject=person, data={}
        )
        for name, person in EVENTS
    ]
    await store.transact(Keys(), lambda _: Changes(events=events))


def sinks(url: str, path: Path, timeout: float = 0.3) -> dict[str, tuple[SinkConfig, Any]]:
    hook = {"url": url, "secret": SECRET, "allow_private": True, "timeout": timeout}
    configs = (
        SinkConfig(id="hook", kind="webhook", from_="beginning", options=hook),
        SinkConfig(id="file", kind="jsonl", from_="beginning", options={"path": str(path)}),
    )
    return {config.id: (config, build(config, SystemClock())) for config in configs}


async def until(consumers: Consumers, sink: str, holds: Callable[[SinkStatus], bool]) -> SinkStatus:
    end = time.monotonic() + PATIENCE
    while True:
        (found,) = (it for it in consumers.status() if it.id == sink)
        if holds(found):
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(0.01)


def lines(path: Path) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]


@asynccontextmanager
async def server(respond: Respond) -> AsyncIterator[str]:
    """Run a server that answers however it likes."""
    async with await asyncio.start_server(respond, "127.0.0.1", 0) as running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/hook"


async def test_a_destination_that_hangs_is_given_up_and_tried_again(tmp_path: Path) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side has had enough
        writer.close()

    store, path = MemoryStore(), tmp_path / "file.jsonl"
    await write(store)
    async with server(hang) as url, Consumers(store, sinks(url, path), SystemClock(), lambda: 0.5) as consumers:
        await until(consumers, "file", lambda it: it.delivered == len(EVENTS))
        assert lines(path) == NAMES
        hook = await until(consumers, "hook", lambda it: it.attempts == 1)
        assert (hook.state, hook.error, hook.pending) == ("retrying", "no answer within 0.3 s", len(EVENTS))


LIES = [
    b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it",
    b"HTTP/1.1 200\x00OK\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"",
    b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
]


@pytest.mark.parametrize("lie", LIES, ids=["cut off", "garbled", "another protocol", "hangs up", "redirect"])
async def test_a_destination_that_lies_has_got_nothing(tmp_path: Path, lie: bytes) -> None:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(lie)
        await writer.drain()
        writer.close()

    store, path = MemoryStore(), tmp_path / "file.jsonl"
    await write(store)
    async with server(respond) as url, Consumers(store, sinks(url, path), SystemClock(), lambda: 0.5) as consumers:
        hook = await until(consumers, "hook", lambda it: it.attempts == 1)
        assert (hook.delivered, hook.pending, hook.dead) == (0, len(EVENTS), 0)
        await until(consumers, "file", lambda it: it.delivered == len(EVENTS))


async def test_a_destination_that_answers_slowly_is_slow_for_itself_alone(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(delay=0.15)
    store, path = MemoryStore(), tmp_path / "file.jsonl"
    await write(store)
    began = time.monotonic()
    async with Consumers(store, sinks(receiver.url, path, 5), SystemClock(), lambda: 0.5) as consumers:
        await until(consumers, "file", lambda it: it.delivered == len(EVENTS))
        (hook,) = (it for it in consumers.status() if it.id == "hook")
        assert hook.delivered < len(EVENTS)
        hook = await until(consumers, "hook", lambda it: it.delivered == len(EVENTS))
        assert (hook.attempts, hook.error, hook.circuit) == (0, "", "closed")
    assert time.monotonic() - began >= 0.15 * len(EVENTS)
    assert [it.headers["webhook-id"] for it in receiver.requests] == NAMES, "one after the other, each once"


@pytest.mark.parametrize("delay", [0.3, 60], ids=["slow", "hangs"])
async def test_what_comes_in_while_a_destination_takes_its_time_is_counted(
    tmp_path: Path, receiver: Receiver, delay: float
) -> None:
    receiver.answer = lambda _: Answer(delay=delay)
    store = MemoryStore()
    await write(store)
    async with Consumers(store, sinks(receiver.url, tmp_path / "f", 30), SystemClock(), lambda: 0.5) as consumers:
        await until(consumers, "hook", lambda it: it.pending == len(EVENTS))
        await write(store)
        hook = await until(consumers, "hook", lambda it: it.accepted == 2 * len(EVENTS))
        assert hook.delivered < len(EVENTS), "it is still busy with those that were there at first"
        assert (hook.pending, hook.attempts) == (2 * len(EVENTS) - hook.delivered, 0)
        receiver.answer = lambda _: Answer()


async def test_a_poisonous_event_is_set_aside_with_the_answer_and_the_rest_goes_on_in_order(
    tmp_path: Path, receiver: Receiver
) -> None:
    answers = {"e03": Answer(400, body=b'{"error": "too sour"}'), "e07": Answer(413, body=b"too big")}
    receiver.answer = lambda it: answers.get(it.headers["webhook-id"], Answer())
    store, path = MemoryStore(), tmp_path / "file.jsonl"
    await write(store)
    async with Consumers(store, sinks(receiver.url, path), SystemClock(), lambda: 0.5) as consumers:
        hook = await until(consumers, "hook", lambda it: not it.pending and it.seq == len(EVENTS))
        assert (hook.delivered, hook.dead, hook.accepted) == (10, 2, 12)
    assert [it.headers["webhook-id"] for it in receiver.accepted] == [name for name in NAMES if name not in answers]
    letters = await store.dead_letters("sink/hook", 9)
    assert [(it.event_id, it.error, it.answer) for it in letters] == [
        ("e03", "HTTP 400 Bad Request", '{"error": "too sour"}'),
        ("e07", "HTTP 413 Request Entity Too Large", "too big"),
    ]


class Plugged:
    """A plug-in's sink without any patience of its own."""

    batch = 100

    def __init__(self) -> None:
        self.hangs = True
        self.got: list[str] = []
        self.closed = 0

    async def open(self) -> None:
        """Nothing to do."""

    async def deliver(self, deliveries: Sequence[Delivery], now: int) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.got += [delivery.id for delivery in deliveries]

    async def close(self) -> None:
        self.closed += 1


async def test_a_plug_in_that_never_comes_back_is_given_up_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "PATIENCE", 0.2)
    store, sink = MemoryStore(), Plugged()
    await write(store)
    config = SinkConfig(id="s", kind="plugged", from_="beginning")
    async with Consumers(store, {"s": (config, sink)}, SystemClock(), lambda: 0.5) as consumers:
        status = await until(consumers, "s", lambda it: it.attempts == 1)
        assert (status.error, sink.closed) == ("no answer within 0.2 s", 1)
        sink.hangs = False
        await store.give_order("sink/s")
        consumers.heed("s")
        await until(consumers, "s", lambda it: it.delivered == len(EVENTS))
    assert sink.got == NAMES
