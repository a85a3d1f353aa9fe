"""A database from before it was known whose everything is: what lies in it is found and erased like what came later."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import asyncpg

from tactful_gateway.store.base import Store
from tactful_gateway.store.personal.base import START, Held, Item, Kind
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_gateway.store.sqlite import SqliteStore
from tests.conftest import SURVEY
from tests.eventually import eventually
from tests.gateway.keeping.conftest import Person
from tests.gateway.keeping.destination import FILE, HOOK, Destination, balance
from tests.servers.postgres import PostgresServer

Kept = dict[str, dict[Kind, list[Item]]]


def fill(running_gateway: Callable[..., Any], db: str, tmp_path: Path, destination: Destination) -> list[str]:
    """Have a gateway keep something of each kind of two persons, of whom one has two ids; give all ids."""
    destination.status = 400
    survey = SURVEY + FILE.format(path=tmp_path / "events.jsonl") + HOOK.format(url=destination.url)
    gateway = running_gateway(survey, db=db)
    ada, visitor, bob = Person(gateway, "ada \\ 'x' 张"), Person(gateway), Person(gateway)
    for person in (visitor, bob):
        person.answer()
    ada.call("POST", f"/v1/persons/{ada.path}/alias", json={"anonymous": visitor.id})
    ada.call("POST", "/v1/touchpoints", json={"touchpoint": "payment", "person": ada.id})
    eventually(lambda: balance(gateway, "hook")[2] == 2)
    gateway.stop()
    return [ada.id, visitor.id, bob.id]


async def everything(store: Store, ids: list[str]) -> Kept:
    return {
        id_: {kind: list(await store.personal.page(kind, id_, START[kind], 99)) for kind in get_args(Kind)}
        for id_ in ids
    }


async def swept(store: Store, ids: tuple[str, ...]) -> Held:
    whole = Held()
    for id_ in ids:
        whole = whole.plus(await store.personal.sweep(id_))
    return whole


def as_before(new: Path, old: Path) -> None:
    """Write the rows of a file into one of the schema before."""
    folder = resources.files("tactful_gateway.store") / "migrations"
    db = sqlite3.connect(old)
    for name in ("0001_first", "0002_versions", "0003_wake_ups", "0004_feedback"):
        db.executescript((folder / f"{name}.sql").read_text("utf-8"))
    db.execute("ATTACH ? AS new", (str(new),))
    tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    for (table,) in tables:
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})"))
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
    db.execute("PRAGMA user_version = 4")
    db.commit()
    db.close()


async def as_before_in_postgres(new: str, old: str) -> None:
    """Write the rows of a database into one of the schema before."""
    folder = resources.files("tactful_gateway.store.postgres") / "migrations"
    there, here = await asyncpg.connect(new), await asyncpg.connect(old)
    await here.execute("CREATE SCHEMA tactful")
    for connection in (there, here):
        await connection.execute("SET search_path = tactful")
    for name in ("0001_first", "0002_feedback", "0003_move"):
        await here.execute((folder / f"{name}.sql").read_text("utf-8"))
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'tactful'::regnamespace"
    for (table,) in await here.fetch(tables):
        query = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0"
        columns = [row[0] for row in await here.fetch(query, table)]
        rows = await there.fetch(f"SELECT {', '.join(columns)} FROM {table}")
        holes = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        into = f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE VALUES ({holes})"
        await here.executemany(into, [tuple(row) for row in rows])
    await here.execute("CREATE TABLE schema_version (number integer NOT NULL)")
    await here.execute("INSERT INTO schema_version VALUES (3)")
    await there.close()
    await here.close()


async def compare(new: Store, old: Store, ids: list[str]) -> None:
    """Have both stores find the same, and erase the same."""
    kept = await everything(new, ids)
    assert all(kept[ids[2]].values())
    assert await everything(old, ids) == kept
    for id_ in ids:
        assert await old.personal.ids(id_) == await new.personal.ids(id_)
    assert await old.personal.ids(ids[1]) == (ids[0], ids[1])
    for one in (("ada \\ 'x' 张", ids[1]), (ids[2],)):
        erased = await swept(old, one)
        assert erased == await swept(new, one)
        assert (erased.dead_letters, erased.responses) == (1, 1)
    await new.close()
    await old.close()


async def test_a_file_from_before_is_brought_up_to_date(
    running_gateway: Callable[..., Any], tmp_path: Path, destination: Destination
) -> None:
    path, before = tmp_path / "new.db", tmp_path / "before.db"
    ids = fill(running_gateway, f"sqlite:///{path}", tmp_path, destination)
    as_before(path, before)
    await compare(await SqliteStore.open(path), await SqliteStore.open(before), ids)


async def test_a_database_from_before_is_brought_up_to_date(
    running_gateway: Callable[..., Any], tmp_path: Path, destination: Destination, postgres: PostgresServer
) -> None:
    new, before = postgres.url(postgres.new_database()), postgres.url(postgres.new_database())
    ids = fill(running_gateway, new, tmp_path, destination)
    await as_before_in_postgres(new, before)
    await compare(await PostgresStore.open(new), await PostgresStore.open(before), ids)
