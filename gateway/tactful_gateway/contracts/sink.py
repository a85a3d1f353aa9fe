"""What any sink must pass: subclass `SinkContract` in a test module and give it a harness for your destination.

A harness must fail for real (a full disk, a closed pipe, a server that answers 503): a sink that was never seen failing
is a sink whose retries were never seen working.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec
import pytest

from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_rules.model.ids import Instant

NOW: Instant = 1_795_340_000_000
"""2026-11-22T09:33:20Z"""
BIG = 512 * 1024
NASTY = '餐厅 🍜 \u2028 \u0001 \n "quoted" </script> \u202e عربي e\u0301'


class SinkHarness(Protocol):
    """A destination under the test's control."""

    def sink(self) -> Sink:
        """Build another sink on the same destination, not yet open."""

    async def received(self) -> list[bytes]:
        """Give every body that the destination has accepted, in order of arrival; see `SinkContract.exact`."""

    def broken(self) -> AbstractAsyncContextManager[None]:
        """Make the destination fail within the block, in a way that passes."""


def delivery(seq: int, text: str = "") -> Delivery:
    """Build the delivery of a journal event whose answer is `text`."""
    event_id = f"018fcb2a-0000-7000-8000-{seq:012d}"
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "tactful",
        "type": "tactful.response.completed",
        "time": "2026-11-22T09:33:20.000Z",
        "subject": "u-1",
        "data": {"touchpoint": "payment", "answers": {"why": text}},
    }
    body = msgspec.json.encode(event)
    return Delivery(seq, event_id, "tactful.response.completed", "u-1", NOW, body)


class SinkContract:
    """The suite. Give `kind` and a fixture `harness`.

    A destination that has columns instead of bodies sets `exact` to False: what a harness puts together again from them
    must mean the same.
    """

    kind: str
    exact = True

    @pytest.fixture
    def harness(self) -> SinkHarness:
        """Override: give the destination."""
        raise NotImplementedError

    async def test_deliveries_arrive_whole_and_in_order(self, harness: SinkHarness) -> None:
        """Each body arrives once, byte for byte."""
        sent = [delivery(seq, f"answer {seq}") for seq in range(1, 21)]
        await deliver_all(harness.sink(), sent)
        assert await self.seen(harness) == self.bodies(sent)

    async def test_several_deliveries_fit_into_one_call(self, harness: SinkHarness) -> None:
        """A call takes as many as `batch` says."""
        sink = harness.sink()
        sent = [delivery(seq) for seq in range(1, min(sink.batch, 100) + 1)]
        await sink.open()
        await sink.deliver(sent, NOW)
        await sink.close()
        assert await self.seen(harness) == self.bodies(sent)

    async def test_what_failed_arrives_when_it_is_tried_again(self, harness: SinkHarness) -> None:
        """A failure is a `TransientError`; the second attempt has the same id and bytes, and nothing before is lost."""
        sink = harness.sink()
        await deliver_to(sink, [delivery(1, "before")])
        async with harness.broken():
            with pytest.raises(TransientError):
                await sink.deliver([delivery(2, "during")], NOW)
        await sink.deliver([delivery(2, "during")], NOW + 5_000)
        await sink.deliver([delivery(3, "after")], NOW + 5_000)
        await sink.close()
        wanted = [delivery(1, "before"), delivery(2, "during"), delivery(3, "after")]
        assert in_order_without_repeats(await self.seen(harness)) == self.bodies(wanted)

    async def test_any_text_arrives_as_it_was(self, harness: SinkHarness) -> None:
        """Emoji, line separators, control characters and right-to-left marks survive."""
        await deliver_all(harness.sink(), [delivery(1, NASTY)])
        (body,) = await harness.received()
        assert msgspec.json.decode(body)["data"]["answers"]["why"] == NASTY

    async def test_a_nul_arrives_or_is_refused_alone(self, harness: SinkHarness) -> None:
        """Some destinations can't hold it in a text: then it goes to the dead letters, and the rest arrives."""
        sink = harness.sink()
        await sink.open()
        arrived = []
        for one in (delivery(1), delivery(2, "a\0b"), delivery(3)):
            try:
                await sink.deliver([one], NOW)
            except PermanentError:
                assert one.seq == 2
            else:
                arrived.append(one)
        await sink.close()
        assert await self.seen(harness) == self.bodies(arrived)

    async def test_a_big_body_arrives_whole(self, harness: SinkHarness) -> None:
        """Half a mebibyte is no problem."""
        sent = delivery(1, "é" * (BIG // 2))
        await deliver_all(harness.sink(), [sent])
        assert await self.seen(harness) == self.bodies([sent])

    async def test_closing_and_opening_again_keeps_what_was_there(self, harness: SinkHarness) -> None:
        """A new sink on the same destination adds to it; so does the same sink, opened again."""
        first = harness.sink()
        await deliver_all(first, [delivery(1)])
        await deliver_all(harness.sink(), [delivery(2)])
        await deliver_all(first, [delivery(3)])
        assert await self.seen(harness) == self.bodies([delivery(seq) for seq in (1, 2, 3)])

    async def test_closing_what_was_never_opened_is_harmless(self, harness: SinkHarness) -> None:
        """A sink that could not be opened is closed too; twice is no different."""
        sink = harness.sink()
        await sink.close()
        await sink.close()
        assert await self.seen(harness) == []

    async def seen(self, harness: SinkHarness) -> list[bytes]:
        """Give what arrived, comparable with `bodies`."""
        return [self._compared(body) for body in await harness.received()]

    def bodies(self, deliveries: list[Delivery]) -> list[bytes]:
        """Give what was sent, comparable with `seen`."""
        return [self._compared(one.body) for one in deliveries]

    def _compared(self, body: bytes) -> bytes:
        return body if self.exact else msgspec.json.encode(msgspec.json.decode(body), order="sorted")


async def deliver_to(sink: Sink, deliveries: list[Delivery]) -> None:
    """Open the sink and deliver in batches of its size."""
    await sink.open()
    for start in range(0, len(deliveries), sink.batch):
        await sink.deliver(deliveries[start : start + sink.batch], NOW)


async def deliver_all(sink: Sink, deliveries: list[Delivery]) -> None:
    """Open the sink, deliver everything and close it."""
    await deliver_to(sink, deliveries)
    await sink.close()


def in_order_without_repeats(bodies: list[bytes]) -> list[bytes]:
    """Drop every repeat: at least once allows them."""
    return list(dict.fromkeys(bodies))
