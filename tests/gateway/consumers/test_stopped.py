"""What starts a stopped sink again, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from tactful_gateway.consumers import lease
from tactful_gateway.outgoing.errors import GoneError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Cursor
from tactful_rules.model.ids import SECOND, Span
from tests.gateway.consumers.stage import ManualClock, ScriptedSink, write
from tests.gateway.consumers.test_runner import only, run


class Leased(MemoryStore):
    """A store whose leases are somebody else's at times."""

    ours = True

    async def lease(self, name: str, span: Span, note: bytes = b"") -> bool:
        return self.ours


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_lease_that_comes_back_starts_no_stopped_sink(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    monkeypatch.setattr(lease, "EVERY", 0.01)
    store, sink = Leased(), ScriptedSink()
    sink.fails = lambda _: GoneError("HTTP 410 Gone")
    await write(store, "a")
    if restarted:
        await store.save_cursor("sink/s", Cursor(seq=0, accepted=0, stopped="HTTP 410 Gone"))
    async with run(store, clock, sink) as consumers:
        await clock.quiet()
        assert (only(consumers).state, len(sink.calls)) == ("stopped", 1)
        store.ours = False
        while only(consumers).state != "standby":
            await asyncio.sleep(0.01)
        await clock.advance(10 * SECOND)
        assert sink.closed > 0  # another gateway had its turn
        store.ours = True
        await clock.advance(10 * SECOND)
        assert (only(consumers).state, len(sink.calls)) == ("stopped", 1)


async def test_starting_again_starts_a_stopped_sink_once_also_where_nothing_waits(
    store: MemoryStore, clock: ManualClock
) -> None:
    await store.save_cursor("sink/s", Cursor(seq=0, accepted=0, stopped="HTTP 410 Gone"))
    async with run(store, clock, ScriptedSink()) as consumers:
        await clock.quiet()
        assert only(consumers).state == "running"
        kept = await store.cursor("sink/s")
        assert kept is not None
        assert kept.stopped == ""
