"""Making and upgrading the schema: one gateway after the other, and never over what somebody else made."""

from __future__ import annotations

import asyncio
from importlib import resources

import asyncpg
import pytest

from tactful_gateway.contracts.samples import event, full_invitation
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store import rows
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres import queries
from tactful_gateway.store.postgres.schema import LOCK
from tactful_gateway.store.postgres.store import PostgresStore
from tests.gateway.store.postgres.conftest import Open
from tests.servers.postgres import PostgresServer


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_gateways_that_start_at_once_over_a_new_database_all_come_up(another: Open) -> None:
    stores = await asyncio.gather(*(another() for _ in range(8)))
    for number, store in enumerate(stores, 1):
        await write(store, events=[event(number)])
    assert await stores[0].head() == len(stores)


async def test_the_next_letters_are_found_without_sorting_all_that_are_due(another: Open, url: str) -> None:
    await another()
    by_index = dict.fromkeys(("enable_seqscan", "enable_bitmapscan", "enable_mergejoin", "enable_sort"), "off")
    connection = await asyncpg.connect(url, server_settings={"search_path": "tactful", **by_index})
    plan = await connection.fetch(f"EXPLAIN {queries.DUE_LETTERS}", "sink/s", 0, 9)
    await connection.close()
    told = "\n".join(row[0] for row in plan)
    assert "letter_due_due" in told
    assert "Sort" not in told, "a hundred thousand that were asked for together are due together"


async def test_a_gateway_waits_for_another_s_migration_as_long_as_it_takes(url: str) -> None:
    slow = await asyncpg.connect(url)
    await slow.execute("BEGIN")
    await slow.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    opening = asyncio.create_task(PostgresStore.open(url, patience=0.5))
    await asyncio.wait({opening}, timeout=2)
    assert not opening.done()
    await slow.execute("COMMIT")
    await slow.close()
    store = await opening
    await store.check()
    await store.close()


async def test_opening_again_changes_nothing(another: Open, url: str) -> None:
    await write(await another(), events=[event(1)])
    connection = await asyncpg.connect(url)
    query = "SELECT oid, relname FROM pg_class WHERE relnamespace = 'tactful'::regnamespace ORDER BY oid"
    before = await connection.fetch(query)
    assert await (await another()).head() == 1
    assert await connection.fetch(query) == before
    await connection.close()


async def test_a_newer_programs_database_is_refused(another: Open, url: str) -> None:
    await another()
    await run(url, "UPDATE tactful.schema_version SET number = 99")
    with pytest.raises(StoreUnavailableError, match=r"schema 99.*upgrade"):
        await PostgresStore.open(url)


async def test_another_programs_schema_is_left_alone(url: str) -> None:
    await run(url, "CREATE SCHEMA tactful", "CREATE TABLE tactful.person (id integer)")
    with pytest.raises(StoreUnavailableError, match="another program's"):
        await PostgresStore.open(url)
    await run(url, "INSERT INTO tactful.person VALUES (1)")


async def test_a_database_in_another_encoding_is_refused(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    postgres.run(f"CREATE DATABASE {name}_ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(StoreUnavailableError, match="UTF8"):
        await PostgresStore.open(postgres.url(f"{name}_ascii"))


async def test_a_user_who_may_not_make_the_schema_is_told_so(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    postgres.run(f"CREATE ROLE {name}_guest LOGIN")
    with pytest.raises(StoreUnavailableError, match="database's owner"):
        await PostgresStore.open(postgres.url(name, f"{name}_guest"))


async def test_a_user_who_was_given_the_schema_needs_no_more(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    postgres.run(f"CREATE ROLE {name}_guest LOGIN")
    postgres.run(f"CREATE SCHEMA tactful AUTHORIZATION {name}_guest", name)
    store = await PostgresStore.open(postgres.url(name, f"{name}_guest"))
    await store.check()
    await store.close()


async def test_a_nul_in_what_was_told_keeps_no_database_from_being_brought_up_to_date(url: str) -> None:
    record = full_invitation("i-1")
    told = b'{"data": {"params": {"a": "\\u0000", "b": "\\\\u0000"}, "invitation": "i-1"}}'
    folder = resources.files("tactful_gateway.store.postgres") / "migrations"
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA tactful; SET search_path = tactful")
    for name in ("0001_first", "0002_feedback", "0003_move"):
        await connection.execute((folder / f"{name}.sql").read_text("utf-8"))
    await connection.execute("CREATE TABLE schema_version (number integer NOT NULL)")
    await connection.execute("INSERT INTO schema_version VALUES (3)")
    await connection.execute("INSERT INTO invitation VALUES ('i-1', $1, $2)", record.lookup, rows.encode(record))
    created = "INSERT INTO journal (type, subject, at, body) VALUES ('tactful.invitation.created', 'ada', 1, $1)"
    await connection.execute(created, told)
    await connection.close()
    store = await PostgresStore.open(url)
    assert await store.personal.page("invitations", "ada", ("",), 9) == [record]
    await store.close()
