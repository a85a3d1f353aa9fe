"""NATS against a real server: the contract, what it refuses, and a reader that sees each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import nats
import pytest
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy

from tactful_gateway.contracts.sink import (
    NOW,
    SinkContract,
    deliver_all,
    deliver_to,
    delivery,
    in_order_without_repeats,
)
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery
from tests.gateway.sinks.nats.harness import NatsHarness, jetstream
from tests.gateway.sinks.persisting import persist
from tests.servers.nats import NatsServer, running_nats
from tests.servers.ports import free_port
from tests.stopwatch import Stopwatch


@pytest.fixture
def harness(nats_server: NatsServer) -> NatsHarness:
    return NatsHarness(nats_server)


class TestNats(SinkContract):
    kind = "nats"

    @pytest.fixture
    def harness(self, nats_server: NatsServer) -> NatsHarness:
        return NatsHarness(nats_server)


def events(count: int, persons: int) -> list[Delivery]:
    made = [delivery(seq) for seq in range(1, count + 1)]
    return [msgspec.structs.replace(one, subject=f"u-{one.seq % persons}") for one in made]


def ids(messages: Sequence[Msg]) -> list[str]:
    return [message.headers["Nats-Msg-Id"] for message in messages if message.headers]


async def test_a_reader_sees_each_event_once_though_the_server_is_killed_in_the_middle(harness: NatsHarness) -> None:
    sent = events(6_000, persons=700)
    sink = harness.sink()
    await sink.open()

    for start in range(0, len(sent), sink.batch):
        under_way = asyncio.create_task(persist(sink, sent[start : start + sink.batch]))
        if start % (3 * sink.batch) == 0:
            await asyncio.sleep(0.005)
            harness.server.kill()
            await asyncio.sleep(0.005)
            harness.server.start()
        await under_way
    await sink.close()
    found = ids(await harness.messages())
    assert len(found) == len(set(found))
    assert set(found) == {one.id for one in sent}
    of_one = {one.id for one in sent if one.subject == "u-1"}
    assert [event_id for event_id in found if event_id in of_one] == sorted(of_one)


async def test_the_subject_says_the_type_and_the_message_id_is_the_events(harness: NatsHarness) -> None:
    await deliver_all(harness.sink(), [delivery(1)])
    (message,) = await harness.messages()
    assert message.subject == f"{harness.stream}.response.completed"
    assert message.headers is not None
    assert message.headers["Nats-Msg-Id"] == delivery(1).id


async def test_what_was_acknowledged_is_dropped_when_it_comes_again(harness: NatsHarness) -> None:
    for _ in range(3):
        await deliver_all(harness.sink(), [delivery(1), delivery(2)])
    assert ids(await harness.messages()) == [delivery(1).id, delivery(2).id]


async def test_without_its_stream_a_sink_says_how_to_get_one_and_goes_on_once_it_is_there(
    harness: NatsHarness,
) -> None:
    sink = harness.sink(create=False)
    await sink.open()
    with pytest.raises(TransientError, match=rf"make the stream {harness.stream}, or add `create: true`"):
        await sink.deliver([delivery(1)], NOW)
    async with jetstream(harness.server) as streams:
        await streams.add_stream(name=harness.stream, subjects=[f"{harness.stream}.>"])
    await sink.deliver([delivery(1)], NOW)
    await sink.close()
    assert len(await harness.messages()) == 1


async def test_of_several_servers_one_that_is_there_is_found(harness: NatsHarness) -> None:
    for url in (f"nats://127.0.0.1:{free_port()},{harness.server.url}", [harness.server.url, "nats://127.0.0.1:1"]):
        await deliver_all(harness.sink(url=url), [delivery(1)])
    assert len(await harness.messages()) == 1


@pytest.mark.parametrize("answer", [b"{}", b"+OK", b'{"stream": "another", "seq": 1}'])
async def test_an_answer_of_who_is_not_the_stream_is_no_acknowledgement(harness: NatsHarness, answer: bytes) -> None:
    client = await nats.connect(harness.server.url)

    async def meddle(message: Msg) -> None:
        await message.respond(answer)

    await client.subscribe(f"{harness.stream}.>", cb=meddle)
    await client.flush()
    sink = harness.sink(create=False)
    with pytest.raises(TransientError, match="is not the stream"):
        await deliver_to(sink, [delivery(1)])
    await sink.close()
    await client.close()


async def test_a_server_without_jetstream_is_told_apart_from_one_without_the_stream() -> None:
    with running_nats(None) as server:
        sink = NatsHarness(server).sink()
        with pytest.raises(TransientError, match="JetStream is not there"):
            await sink.open()
        await sink.close()


async def test_a_stream_that_is_there_is_left_as_it_is(harness: NatsHarness) -> None:
    async with jetstream(harness.server) as streams:
        await streams.add_stream(name=harness.stream, subjects=[f"{harness.stream}.>"], max_age=3600)
        await deliver_all(harness.sink(), [delivery(1)])
        assert (await streams.stream_info(harness.stream)).config.max_age == 3600


async def test_another_stream_that_takes_the_subject_is_not_written_to(harness: NatsHarness) -> None:
    await deliver_all(harness.sink(), [])
    sink = harness.sink(stream="another", create=False)
    with pytest.raises(TransientError, match="expected stream does not match"):
        await deliver_to(sink, [delivery(1)])
    await sink.close()
    assert await harness.messages() == []


async def test_a_full_stream_is_waited_for_and_keeps_the_order_of_a_person(harness: NatsHarness) -> None:
    async with jetstream(harness.server) as streams:
        await streams.add_stream(
            name=harness.stream, subjects=[f"{harness.stream}.>"], max_msgs=3, discard=DiscardPolicy.NEW
        )
        sink = harness.sink()
        await sink.open()
        sent = [delivery(seq) for seq in range(1, 6)]
        with pytest.raises(TransientError, match="the stream refused it: maximum messages exceeded"):
            await sink.deliver(sent, NOW)
        assert ids(await harness.messages()) == [one.id for one in sent[:3]]
        await streams.purge_stream(harness.stream)
        await sink.deliver(sent, NOW)
    await sink.close()
    assert ids(await harness.messages()) == [one.id for one in sent[3:]]


async def test_what_is_larger_than_the_stream_or_the_server_takes_is_refused_for_good(harness: NatsHarness) -> None:
    async with jetstream(harness.server) as streams:
        await streams.add_stream(name=harness.stream, subjects=[f"{harness.stream}.>"], max_msg_size=2_000)
    sink = harness.sink()
    await sink.open()
    for size in (3_000, 1_048_576 - 300, 1_048_576 - 400, 2_000_000):
        with pytest.raises(PermanentError, match="larger than the"):
            await sink.deliver([delivery(1), delivery(2, "x" * size)], NOW)
    await sink.deliver([delivery(3)], NOW)
    await sink.close()
    assert ids(await harness.messages()) == [delivery(1).id, delivery(3).id]


async def test_a_server_that_hangs_costs_no_more_than_the_timeout(harness: NatsHarness) -> None:
    sink = harness.sink(timeout=0.3)
    await persist(sink, [delivery(1)])
    with harness.server.frozen(), Stopwatch() as took:
        with pytest.raises(TransientError, match=r"no answer within 0\.3 s"):
            await sink.deliver([delivery(2)], NOW)
        with pytest.raises(TransientError):
            await sink.deliver([delivery(2)], NOW)
        await sink.close()
    assert took.seconds < 3
    await deliver_all(sink, [delivery(2)])
    assert in_order_without_repeats(await harness.received()) == [delivery(1).body, delivery(2).body]


async def test_a_delivery_that_is_cut_off_leaves_no_connection_behind(harness: NatsHarness) -> None:
    sink = harness.sink()
    await deliver_to(sink, [delivery(1)])
    with harness.server.frozen():
        under_way = asyncio.create_task(sink.deliver([delivery(2)], NOW))
        await asyncio.sleep(0.05)
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way
        await sink.close()
    await deliver_all(sink, [delivery(2)])
    assert set(ids(await harness.messages())) == {delivery(1).id, delivery(2).id}
