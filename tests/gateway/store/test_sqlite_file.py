"""The SQLite file itself: who may open it, what it looks like on the disk, and what is said when it can't be used."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import msgspec
import pytest

from tactful_gateway.contracts.samples import event, publication
from tactful_gateway.store import sqlite_writer
from tactful_gateway.store.base import Changes, Keys, StoreUnavailableError
from tactful_gateway.store.rows import decode_person
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.ids import DAY
from tactful_rules.model.person import HistoryEvent, OpenInvitation, PersonState
from tests.stopwatch import Stopwatch

HOLDER = """
import asyncio, sys
from pathlib import Path
from tactful_gateway.store.sqlite import SqliteStore

async def hold():
    store = await SqliteStore.open(Path(sys.argv[1]))
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(hold())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tactful.db"


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_only_the_owner_may_read_what_is_kept(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.transact(Keys(), lambda _: Changes(events=[event(1)]))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["tactful.db", "tactful.db-wal", "tactful.db-shm", "tactful.db.lock"], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["tactful.db", "tactful.db.lock"]


async def test_a_second_process_is_told_who_has_the_database(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert await asyncio.to_thread(holder.stdout.readline) == b"open\n"
        with pytest.raises(StoreUnavailableError, match=rf"pid {holder.pid}\) uses this database"):
            await SqliteStore.open(path)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    store = await SqliteStore.open(path)  # the killed one left no lock behind
    await store.close()


async def test_a_store_closed_and_forgotten_twice_is_no_trouble(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.head()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.check()


def test_a_process_ends_that_forgot_to_close_its_store(path: Path) -> None:
    script = HOLDER.replace("await asyncio.sleep(60)", "")
    command = [sys.executable, "-W", "ignore", "-c", script, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"open\n")


async def test_a_full_disk_is_said_so_and_writing_goes_on_when_it_has_room(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.transact(Keys(), lambda _: Changes(events=[event(1)]))
    big = PersonState(opted_out=("x" * 4_000_000,))
    with largest_file(1_000_000), pytest.raises(StoreUnavailableError, match="raise the limit") as refused:
        await store.transact(Keys(), lambda _: Changes(persons={"big": big}, events=[event(2)]))
    assert refused.value.cause == "disk_full"
    assert await store.head() == 1
    await store.transact(Keys(), lambda _: Changes(persons={"big": big}, events=[event(3)]))
    assert (await store.head(), await store.person("big")) == (2, big)
    await store.check()
    await store.close()


async def test_a_lock_held_elsewhere_is_said_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "BUSY_TIMEOUT", 500)
    store = await SqliteStore.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked"):
        await store.check()
    other.execute("ROLLBACK")
    other.close()
    await store.check()
    await store.close()


async def test_a_lock_is_waited_for_and_a_stop_does_not_wait_with_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "BUSY_TIMEOUT", 60_000)
    store = await SqliteStore.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.check())
    await asyncio.sleep(0.6)
    assert not waiting.done()
    other.execute("ROLLBACK")
    await waiting
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.check())
    await asyncio.sleep(0.1)
    with Stopwatch() as watch:
        await store.close()
    assert watch.seconds < 2
    with pytest.raises(StoreUnavailableError, match="locked"):
        await waiting
    other.close()


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(StoreUnavailableError, match="no SQLite database"):
        await SqliteStore.open(path)
    assert path.read_text().startswith("not a database")


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE person (id)")
    db.commit()
    db.close()
    with pytest.raises(StoreUnavailableError, match="another program's"):
        await SqliteStore.open(path)
    assert query(path, "SELECT name FROM sqlite_schema") == [("person",)]


async def test_a_database_that_can_not_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database, but longer than the header of one" * 10)
    before = set(threading.enumerate())
    for _ in range(20):
        with pytest.raises(StoreUnavailableError):
            await SqliteStore.open(path)
        left = {thread for thread in set(threading.enumerate()) - before if "asyncio" not in thread.name}
        assert not left


async def test_a_newer_programs_database_is_refused(path: Path) -> None:
    await (await SqliteStore.open(path)).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    for _ in range(2):  # and whoever was refused keeps nobody out
        with pytest.raises(StoreUnavailableError, match=r"schema 99.*upgrade"):
            await SqliteStore.open(path)


async def test_an_older_programs_database_is_brought_up_to_date_and_loses_nothing(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    first = resources.files("tactful_gateway.store") / "migrations" / "0001_first.sql"
    db = sqlite3.connect(path)
    db.executescript(first.read_text(encoding="utf-8"))
    db.execute("INSERT INTO ruleset (version, at, body) VALUES ('before', 1, x'7b7d')")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    store = await SqliteStore.open(path)
    try:
        assert list(await store.versions(None, 9)) == []
        await store.transact(Keys(), lambda _: Changes(published=[publication(1), publication(2)]))
        await store.drop_versions([1])
        assert [it.number for it in await store.versions(None, 9)] == [2]
        assert await store.ruleset("before") == b"{}"
    finally:
        await store.close()


async def open_and_read(path: Path) -> None:
    store = await SqliteStore.open(path)
    try:
        await store.journal(0, 10_000)
    finally:
        await store.close()


async def test_a_damaged_database_is_said_so(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.transact(Keys(), lambda _: Changes(events=[event(place) for place in range(2_000)]))
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreUnavailableError, match="damaged"):
        await open_and_read(path)


async def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match="can't be used"):
        await SqliteStore.open(tmp_path / "file" / "tactful.db")


async def test_opening_again_changes_nothing(path: Path) -> None:
    await (await SqliteStore.open(path)).close()
    schema = query(path, "SELECT sql FROM sqlite_schema ORDER BY name")
    await (await SqliteStore.open(path)).close()
    assert query(path, "SELECT sql FROM sqlite_schema ORDER BY name") == schema
    assert query(path, "PRAGMA journal_mode") == [("wal",)]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_person_with_twenty_events_takes_at_most_600_bytes(path: Path) -> None:
    store = await SqliteStore.open(path)
    now = 1_800_000_000_000
    history = tuple(
        HistoryEvent(
            "asked", now + place * 7 * DAY, f"questionnaire-{place % 3}", "payment-at-the-till", "web", "order"
        )
        for place in range(20)
    )
    opened = OpenInvitation("0199f3f4-d2c1-7000-8000-000000000000", "rule", "q", "payment", "web", True, now, now)
    state = PersonState(history=history, open=(opened,), asks=20, last_asked=now, timezone="Asia/Shanghai")
    await store.transact(Keys(), lambda _: Changes(persons={"u-42": state}))
    await store.close()
    assert query(path, "SELECT length(body) FROM person")[0][0] <= 600  # type: ignore[operator]  # a number, by its SQL


def test_a_person_kept_before_ids_could_be_joined_still_reads() -> None:
    row = [[], [], [], ["sms"], [3, 2, 1], 5, 6, 7.5, "Asia/Tokyo", "ja"]
    state = decode_person(msgspec.msgpack.encode(row))
    assert state == PersonState((), (), ("sms",), 3, 2, 1, 5, 6, 7.5, "Asia/Tokyo", "ja")
    assert (state.alias_of, state.joined) == (None, ())
