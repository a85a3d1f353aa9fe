"""PostgreSQL as a destination: the contract, rows, and a server that is killed, locked or hangs."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.consumers import Consumers
from tactful_gateway.contracts.sink import NOW, SinkContract, deliver_all, deliver_to, delivery
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.model.folder import SinkConfig
from tests.eventually import PATIENCE
from tests.gateway.consumers.stage import write
from tests.gateway.sinks.persisting import persist
from tests.gateway.sinks.postgres.harness import PostgresHarness
from tests.servers.postgres import PostgresServer
from tests.stopwatch import Stopwatch


@pytest.fixture
def harness(postgres: PostgresServer) -> PostgresHarness:
    return PostgresHarness(postgres)


class TestPostgres(SinkContract):
    kind = "postgres"
    exact = False

    @pytest.fixture
    def harness(self, postgres: PostgresServer) -> PostgresHarness:
        return PostgresHarness(postgres)


async def ids(harness: PostgresHarness) -> list[str]:
    return [str(row["id"]) for row in await harness.rows()]


async def test_each_event_is_there_once_though_the_server_is_killed_in_the_middle(harness: PostgresHarness) -> None:
    sent = [delivery(seq) for seq in range(1, 5_001)]
    sink = harness.sink()
    await sink.open()
    for start in range(0, len(sent), sink.batch):
        under_way = asyncio.create_task(persist(sink, sent[start : start + sink.batch]))
        if start % (3 * sink.batch) == 0:
            await asyncio.sleep(0.004)
            harness.server.kill()
            harness.server.start()
        await under_way
    await sink.close()
    assert sorted(await ids(harness)) == [one.id for one in sent]


async def test_what_is_there_already_is_passed_over(harness: PostgresHarness) -> None:
    sink = harness.sink()
    await deliver_to(sink, [delivery(1, "first")])
    await sink.deliver([delivery(1, "again"), delivery(2), delivery(2)], NOW)
    await sink.close()
    assert [row["data"] for row in await harness.rows()] == [
        '{"answers": {"why": "first"}, "touchpoint": "payment"}',
        '{"answers": {"why": ""}, "touchpoint": "payment"}',
    ]


async def test_answers_are_there_for_sql(harness: PostgresHarness) -> None:
    await deliver_all(harness.sink(), [delivery(1, "slow"), delivery(2, "cold")])
    rows = await harness.rows(
        "SELECT data -> 'answers' ->> 'why' AS why, type, subject, extract(epoch from time) AS at "
        "FROM tactful_events WHERE data ->> 'touchpoint' = 'payment' ORDER BY id DESC"
    )
    assert [tuple(row) for row in rows] == [
        (why, "tactful.response.completed", "u-1", NOW / 1000) for why in ("cold", "slow")
    ]


async def test_of_a_batch_only_the_events_that_are_refused_go_to_the_dead_letters(harness: PostgresHarness) -> None:
    store, bad = MemoryStore(), {4, 5, 11}
    for seq in range(20):
        await write(store, delivery(seq).id, answers={"why": "a\0b" if seq in bad else "good"})
    config = SinkConfig(id="warehouse", kind="postgres", from_="beginning")
    async with Consumers(store, {"warehouse": (config, harness.sink())}, SystemClock(), lambda: 0.5) as consumers:
        async with asyncio.timeout(PATIENCE):
            while (status := consumers.status()[0]).pending or not status.delivered:
                await asyncio.sleep(0.01)
    assert (status.delivered, status.dead, status.state) == (17, 3, "running")
    assert set(await ids(harness)) == {delivery(seq).id for seq in range(20) if seq not in bad}
    letters = await store.dead_letters("sink/warehouse", 10)
    assert [letter.seq - 1 for letter in letters] == sorted(bad)
    assert all("unsupported Unicode escape sequence" in letter.answer for letter in letters)


async def test_a_rule_of_the_tables_owner_refuses_a_row_for_good_and_its_answer_is_kept(
    harness: PostgresHarness,
) -> None:
    sink = harness.sink()
    await sink.open()
    harness.server.run("ALTER TABLE tactful_events ADD CONSTRAINT known CHECK (subject <> 'u-1')", harness.database)
    with pytest.raises(PermanentError, match="CheckViolationError") as raised:
        await sink.deliver([delivery(1)], NOW)
    assert 'violates check constraint "known"' in raised.value.answer
    assert "known" not in str(raised.value)
    await sink.deliver([msgspec.structs.replace(delivery(2), subject="u-2")], NOW)
    await sink.close()
    assert await ids(harness) == [delivery(2).id]


async def test_a_table_of_any_schema_and_case_is_made_and_one_that_is_there_needs_no_more_than_insert(
    harness: PostgresHarness,
) -> None:
    sink = harness.sink(table="Lake.Answers")
    with pytest.raises(TransientError, match=r'schema "Lake" does not exist'):
        await sink.open()
    harness.server.run('CREATE SCHEMA "Lake"', harness.database)
    await deliver_all(sink, [delivery(1)])
    writer = f"writer_{harness.database}"
    harness.server.run(
        f'CREATE ROLE {writer} LOGIN; GRANT USAGE ON SCHEMA "Lake" TO {writer}; '
        f'GRANT SELECT (id), INSERT ON "Lake"."Answers" TO {writer}',
        harness.database,
    )
    restricted = harness.sink(table="Lake.Answers", url=harness.server.url(harness.database, writer))
    await deliver_all(restricted, [delivery(1), delivery(2)])
    assert len(await harness.rows('SELECT * FROM "Lake"."Answers"')) == 2


async def test_a_server_that_lets_nobody_in_is_waited_for_and_no_password_is_shown(harness: PostgresHarness) -> None:
    address = f"127.0.0.1:{harness.server.port}"
    for url, said in (
        (f"postgresql://nobody:hunter2@{address}/{harness.database}", 'role "nobody" does not exist'),
        (f"postgresql://postgres:hunter2@{address}/nothing", 'database "nothing" does not exist'),
        (f"postgresql://postgres:hunter2@{address}/{harness.database}?sslmode=require", "PostgreSQL failed"),
        (
            f"postgresql://postgres:hunter2@{address}/a?sslmode=verify-full&sslrootcert=/none",
            "No such file or directory",
        ),
        ("postgresql://postgres:hunter2@127.0.0.1:1/a", "Connection refused"),
    ):
        sink = harness.sink(url=url)
        with pytest.raises(TransientError, match=said) as raised:
            await sink.open()
        await sink.close()
        assert "hunter2" not in str(raised.value)


async def test_a_locked_table_costs_no_more_than_the_timeout(harness: PostgresHarness) -> None:
    sink = harness.sink(timeout=0.3)
    await persist(sink, [delivery(1)])
    other = await asyncpg.connect(harness.url)
    async with other.transaction():
        await other.execute("LOCK TABLE tactful_events")
        with pytest.raises(TransientError, match=r"no answer within 0\.3 s"):
            await sink.deliver([delivery(2)], NOW)
    await other.close()
    await persist(sink, [delivery(2)])
    await sink.close()
    assert await ids(harness) == [delivery(1).id, delivery(2).id]


async def test_a_server_that_hangs_is_left_in_time(harness: PostgresHarness) -> None:
    sink = harness.sink(timeout=0.3)
    await persist(sink, [delivery(1)])
    with harness.server.frozen(), Stopwatch() as took:
        for _ in range(2):
            with pytest.raises(TransientError, match="no answer within"):
                await sink.deliver([delivery(2)], NOW)
        under_way = asyncio.create_task(sink.deliver([delivery(2)], NOW))
        await asyncio.sleep(0.05)
        under_way.cancel()
        await sink.close()
    assert took.seconds < 3
    await deliver_all(sink, [delivery(2)])
    assert await ids(harness) == [delivery(1).id, delivery(2).id]
