"""A SQLite file that is damaged, gone or empty: said with what to do, left as it is, never begun anew in silence."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tactful_gateway.contracts.samples import event
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.http.problems import classify
from tactful_gateway.store.base import Keys, StoreUnavailableError
from tactful_gateway.store.rows import UnreadableRowError
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.person import PersonState
from tests.damage import PAGE, overwrite
from tests.gateway.store.old.make import HERE


def no_header(file: Path) -> None:
    overwrite(file, 0, 100)


def no_middle(file: Path) -> None:
    overwrite(file, PAGE * 2, PAGE * 3)


def cut_off(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(PAGE * 5)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def gone(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Give the file of a closed database with something in it, and the secret of its invitations."""
    file = tmp_path / "tactful.db"
    store = await SqliteStore.open(file)
    await write(store, persons={f"p{number}": PersonState(asks=1) for number in range(500)}, events=[event(1)])
    await store.close()
    file.with_name("tactful.db.secret").write_bytes(bytes(32))
    return file


@pytest.mark.parametrize("damage", [no_header, no_middle, cut_off, emptied, gone])
async def test_a_damaged_file_is_not_opened_and_left_as_it_is(file: Path, damage: Callable[[Path], None]) -> None:
    damage(file)
    before = file.read_bytes() if file.exists() else None
    with pytest.raises(StoreUnavailableError, match="backup") as caught:
        await SqliteStore.open(file)
    assert caught.value.cause == "damaged"
    assert str(file) in str(caught.value)
    assert (file.read_bytes() if file.exists() else None) == before
    assert not file.with_name("tactful.db-wal").exists()


async def test_a_damaged_file_of_an_older_program_is_not_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "tactful.db"
    db = sqlite3.connect(file)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript((HERE / "sqlite" / "1.sql").read_text("utf-8"))
    page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'person'").fetchone()[0]
    db.close()
    overwrite(file, PAGE * (page - 1), PAGE)
    before = file.read_bytes()
    with pytest.raises(StoreUnavailableError, match="backup") as caught:
        await SqliteStore.open(file)
    assert caught.value.cause == "damaged"
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", [emptied, gone])
async def test_a_log_without_its_database_is_not_thrown_away(file: Path, damage: Callable[[Path], None]) -> None:
    file.with_name("tactful.db.secret").unlink()
    log = file.with_name("tactful.db-wal")
    log.write_bytes(b"what was committed last")
    damage(file)
    with pytest.raises(StoreUnavailableError, match=r"tactful\.db-wal is there"):
        await SqliteStore.open(file)
    assert log.read_bytes() == b"what was committed last"
    log.unlink()
    await (await SqliteStore.open(file)).close()  # nothing speaks against a new one any more


async def test_who_begins_anew_removes_the_secret_as_the_message_says(file: Path) -> None:
    file.unlink()
    with pytest.raises(StoreUnavailableError, match=r"remove .*tactful\.db\.secret"):
        await SqliteStore.open(file)
    file.with_name("tactful.db.secret").unlink()
    store = await SqliteStore.open(file)
    assert await store.head() == 0
    await store.close()


async def test_nothing_is_written_any_more_once_damage_was_read(file: Path) -> None:
    store = await SqliteStore.open(file)
    await asyncio.to_thread(overwrite, file, PAGE * 2, file.stat().st_size - PAGE * 2)
    with pytest.raises(StoreUnavailableError, match="damaged") as caught:
        await asyncio.gather(*(store.person(f"p{number}") for number in range(500)))
    assert str(file) in str(caught.value)
    before = file.read_bytes()
    for attempt in (store.check(), write(store, persons={"new": PersonState(asks=1)})):
        with pytest.raises(StoreUnavailableError, match="restore"):
            await attempt
    await store.close()
    assert file.read_bytes() == before


async def test_nobody_is_erased_any_more_in_a_file_in_which_damage_was_found(file: Path) -> None:
    store = await SqliteStore.open(file)
    store._reader.damage = StoreUnavailableError("damaged: restore it", "damaged")
    before = file.read_bytes()
    for attempt in (store.personal.sweep("p1"), store.personal.drop_orders(1), store.personal.scrub()):
        with pytest.raises(StoreUnavailableError, match="restore"):
            await attempt
    await store.close()
    assert file.read_bytes() == before


async def test_a_row_that_holds_something_else_fails_those_alone_who_need_it(file: Path) -> None:
    store = await SqliteStore.open(file)
    other = sqlite3.connect(file)
    other.execute("UPDATE person SET body = x'c1ff' WHERE id = 'p1'")
    other.commit()
    other.close()
    with pytest.raises(UnreadableRowError, match="PersonRow"):
        await read(store, Keys(frozenset({"p1", "p2"})))
    assert (await read(store, Keys(frozenset({"p2"})))).persons == {"p2": PersonState(asks=1)}
    await store.check()
    await store.close()
    assert classify(UnreadableRowError()).code == "internal_error"  # not that the sender's JSON were wrong
