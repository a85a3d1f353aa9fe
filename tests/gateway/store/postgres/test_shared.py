"""Several gateways over one database: they wait for each other where they must, and never lose or double anything."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace

from tactful_gateway.contracts.ageing import answered
from tactful_gateway.contracts.samples import NOW, event, letter, publication, wake_up
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_gateway.store.records import CountKey, Cursor, DecisionKey, RememberedDecision
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import NOBODY, PersonState, QuotaUse
from tests.eventually import PATIENCE
from tests.gateway.store.postgres.conftest import Open

GATEWAYS = 3


def one_more(persons: frozenset[str]) -> Callable[[State], Changes]:
    """Make a step that asks each of these persons once more, and journals how often it was."""

    def step(loaded: State) -> Changes:
        asked = {person: loaded.persons.get(person, NOBODY).asks + 1 for person in sorted(persons)}
        return Changes(
            persons={person: replace(loaded.persons.get(person, NOBODY), asks=asks) for person, asks in asked.items()},
            events=[replace(event(asks), subject=person) for person, asks in asked.items()],
        )

    return step


async def deadlocks(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        found = await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(found)
    finally:
        await connection.close()


async def waits(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Wait until somebody waits for what this connection locks."""
    blocked = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval(blocked):
            await asyncio.sleep(0.02)


async def test_new_and_known_persons_lose_no_update_and_nobody_waits_in_a_ring(another: Open, url: str) -> None:
    stores = [await another() for _ in range(GATEWAYS)]
    chance, wanted = random.Random(5), Counter[str]()
    batches = []
    for number in range(150):
        persons = frozenset(f"u-{chance.randrange(number // 5 + 5)}" for _ in range(chance.randrange(1, 20)))
        wanted.update(persons)
        batches.append(persons)

    async def gateway(store: PostgresStore, mine: list[frozenset[str]]) -> None:
        for persons in mine:
            await store.transact(Keys(persons), one_more(persons))

    await asyncio.gather(*(gateway(store, batches[place::GATEWAYS]) for place, store in enumerate(stores)))
    found = await read(stores[0], Keys(frozenset(wanted)))
    assert {person: state.asks for person, state in found.persons.items()} == wanted
    assert await deadlocks(url) == 0
    # Each person's events stand in the order in which they happened.
    seen = Counter[str]()
    for row in await stores[1].journal(0, 100_000):
        seen[row.subject] += 1
        assert msgspec.json.decode(row.body)["data"]["place"] == seen[row.subject]
    assert seen == wanted


async def test_ids_that_were_joined_lose_no_update_and_nobody_waits_in_a_ring(another: Open, url: str) -> None:
    stores = [await another() for _ in range(GATEWAYS)]
    # "z" comes after its person in the order of locks, "a" before.
    await write(stores[0], persons={"z": PersonState(alias_of="m"), "a": PersonState(alias_of="m")})
    started = time.monotonic()
    named = [frozenset({"z"}), frozenset({"a"}), frozenset({"a", "m"}), frozenset({"z", "a"}), frozenset({"m", "z"})]

    async def gateway(store: PostgresStore) -> None:
        for persons in named * 6:
            await store.transact(Keys(persons), one_more(frozenset({"m"})))

    await asyncio.gather(*map(gateway, stores))
    assert (await stores[0].person("m")).asks == len(named) * 6 * GATEWAYS
    assert await deadlocks(url) == 0
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(("table", "ordered"), [("wake_up", "due"), ("invitation", "id")])
async def test_who_drops_what_is_old_locks_its_rows_in_everybody_s_order(
    table: str, ordered: str, another: Open, url: str
) -> None:
    store = await another()
    for place in (1, 0):  # written the other way round, and so would a scan of the table find them
        old = answered(NOW - 40 * DAY, place)
        await write(store, invitations={old.id: old}, wake_ups=[wake_up(old.id, place)])
    connection = await asyncpg.connect(url, server_settings={"search_path": "tactful", "lock_timeout": "2s"})
    first, second = await connection.fetch(f"SELECT ctid FROM {table} ORDER BY {ordered}")
    lock = f"SELECT FROM {table} WHERE ctid = $1 FOR UPDATE"
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(lock, first[0])
    dropping = asyncio.create_task(store.personal.drop_invitations(NOW - 30 * DAY))
    await waits(connection)
    await connection.execute(lock, second[0])  # or they wait in a ring
    await transaction.rollback()
    await connection.close()
    assert (await dropping, await deadlocks(url)) == (2, 0)


async def test_a_quota_that_nobody_used_yet_is_exact(another: Open) -> None:
    stores = [await another() for _ in range(GATEWAYS)]
    limit = 20

    def take(name: str) -> Callable[[State], Changes]:
        def step(loaded: State) -> Changes:
            use = loaded.quotas.get("r", QuotaUse())
            if len(use.held) >= limit:
                return Changes()
            return Changes(quotas={"r": QuotaUse(held={**use.held, name: NOW})}, events=[event(len(use.held))])

        return step

    async def gateway(place: int, store: PostgresStore) -> None:
        for number in range(15):
            name = f"{place}-{number}"
            await store.transact(Keys(frozenset({f"u-{name}"}), quotas=frozenset({"r"})), take(name))

    await asyncio.gather(*(gateway(place, store) for place, store in enumerate(stores)))
    assert len((await read(stores[0], Keys(quotas=frozenset({"r"})))).quotas["r"].held) == limit
    assert len(await stores[1].journal(0, 1_000)) == limit


async def test_an_event_that_reaches_all_gateways_at_once_is_decided_once(another: Open) -> None:
    stores = [await another() for _ in range(GATEWAYS)]

    def decide(key: DecisionKey, rule: str, said: dict[str, str | None]) -> Callable[[State], Changes]:
        mine = RememberedDecision(NOW, Verdict(reason="no_rule", rule=rule))

        def step(loaded: State) -> Changes:
            found = loaded.decisions.get(key)
            said[rule] = (found or mine).verdict.rule  # a step that is taken again says it again
            return Changes() if found else Changes(decisions={key: mine})

        return step

    for number in range(20):
        key, said = DecisionKey("p", "t", f"e-{number}"), dict[str, str | None]()
        keys = Keys(frozenset({"p"}), decisions=frozenset({key}))
        await asyncio.gather(
            *(store.transact(keys, decide(key, f"r-{place}", said)) for place, store in enumerate(stores))
        )
        assert len(said) == GATEWAYS
        assert len(set(said.values())) == 1


async def test_a_report_that_reaches_two_gateways_at_once_counts_once(another: Open) -> None:
    stores = [await another() for _ in range(GATEWAYS)]
    key = CountKey(NOW // HOUR, "payment", "", "no_rule", "sdk")

    def count(report: str) -> Callable[[State], Changes]:
        return lambda loaded: Changes() if loaded.reports else Changes(reports={report: NOW}, counts={key: 1})

    for number in range(10):
        report = f"r-{number}"
        keys = Keys(reports=frozenset({report}))
        await asyncio.gather(*(store.transact(keys, count(report)) for store in stores))
    assert dict(await stores[0].counts()) == {key: 10}


async def test_two_who_publish_at_once_get_two_numbers(another: Open) -> None:
    stores = [await another() for _ in range(GATEWAYS)]

    def publish(loaded: State) -> Changes:
        number = loaded.latest_version.number + 1 if loaded.latest_version else 1
        return Changes(published=[publication(number)], events=[event(number)])

    await asyncio.gather(*(store.transact(Keys(latest_version=True), publish) for store in stores))
    assert [it.number for it in await stores[0].versions(None, 9)] == [3, 2, 1]
    assert len(await stores[0].journal(0, 9)) == GATEWAYS


async def test_what_one_gateway_counts_is_added_to_what_another_did(another: Open) -> None:
    key = CountKey(NOW // HOUR, "payment", "", "paused")
    for _ in range(4):
        await write(await another(), counts={key: 2})
    assert dict(await (await another()).counts()) == {key: 8}


async def test_a_letter_that_goes_while_somebody_asks_for_it_again_is_left_out(another: Open, url: str) -> None:
    store = await another()
    await write(store, events=[event(1), event(2)])
    await store.save_cursor("s", Cursor(seq=2), [letter("s", 1), letter("s", 2)])
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN; DELETE FROM tactful.dead_letter WHERE seq = 1")
    asking = asyncio.create_task(store.retry_letters("s", NOW))
    await asyncio.wait({asking}, timeout=0.3)
    assert not asking.done()
    await connection.execute("COMMIT")
    await connection.close()
    assert await asking == 1
    assert [it.seq for it in await store.due_letters("s", NOW, 9)] == [2]
