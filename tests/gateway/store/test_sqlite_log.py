"""SQLite's write-ahead log: copied into the file beside the commits, and short again once nobody stands in the way."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from tactful_gateway.contracts.samples import event
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store import sqlite_log
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.sqlite import SqliteStore
from tests.damage import PAGE

LENGTH = 200
EVENTS = 40
"""In one commit; each fills a page."""
FOUR_LOGS = range(0, 4 * LENGTH, EVENTS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tactful.db"


@pytest.fixture
async def store(file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqliteStore]:
    monkeypatch.setattr(sqlite_log, "LENGTH", LENGTH)
    store = await SqliteStore.open(file)
    yield store
    await store.close()


class Writing:
    """Commits one after the other."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._places = count(1)
        self.written: list[str] = []

    async def commit(self, size: int = EVENTS) -> None:
        events = [replace(event(next(self._places)), data={"text": "x" * (PAGE - 500)}) for _ in range(size)]
        await write(self._store, events=events)
        self.written += [it.id for it in events]


def longest_log(file: Path) -> int:
    """Give how many pages the log had when it was longest: it is begun anew over what it held."""
    return file.with_name(file.name + "-wal").stat().st_size // PAGE


async def test_the_log_stays_short_however_much_is_written(store: SqliteStore, file: Path) -> None:
    writing = Writing(store)
    for _ in range(6):
        for _ in FOUR_LOGS:
            await writing.commit()
    assert longest_log(file) < 8 * LENGTH
    assert file.stat().st_size > 8 * LENGTH * PAGE


async def test_whoever_reads_for_long_holds_up_no_commit_and_the_log_begins_anew_behind_them(
    store: SqliteStore, file: Path
) -> None:
    writing = Writing(store)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM journal").fetchone()
        for _ in FOUR_LOGS:
            await writing.commit()
        assert reader.execute("SELECT count(*) FROM journal").fetchone() == seen
    grown = longest_log(file)
    assert grown >= 4 * LENGTH
    for _ in range(6):
        for _ in FOUR_LOGS:
            await writing.commit()
    assert longest_log(file) < grown + 8 * LENGTH


async def test_whoever_erases_waits_for_the_copy_and_leaves_no_log(store: SqliteStore, file: Path) -> None:
    writing = Writing(store)
    for _ in range(8):
        await writing.commit(LENGTH)  # which is copied from now on
        await store.personal.scrub()
        assert longest_log(file) == 0


async def test_nothing_more_is_acknowledged_once_the_copy_finds_the_file_damaged(
    store: SqliteStore, file: Path
) -> None:
    writing = Writing(store)
    for _ in range(3):
        for _ in FOUR_LOGS:
            await writing.commit()
    await store.personal.scrub()
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StoreUnavailableError, match="damaged"):
        await _go_on(writing)


async def test_a_copy_that_fails_takes_nothing_back_and_is_made_once_it_can_be(store: SqliteStore, file: Path) -> None:
    writing = Writing(store)
    for _ in FOUR_LOGS:
        await writing.commit()
    full = max(file.stat().st_size, file.with_name(file.name + "-wal").stat().st_size)
    with no_file_larger_than(full), capture_logs() as lines:
        for _ in range(400):
            with suppress(StoreUnavailableError):  # the log is full before the file where copying it takes long
                await writing.commit()
            if lines:
                break
    assert [line["event"] for line in lines] == ["log_not_copied"]
    for _ in FOUR_LOGS:
        await writing.commit()
    await store.close()
    with closing(sqlite3.connect(file)) as reader:
        kept = [row[0] for row in reader.execute("SELECT body ->> '$.id' FROM journal ORDER BY seq")]
    assert kept == writing.written


async def _go_on(writing: Writing) -> None:
    """Commit until it fails, which it does long before the end."""
    for _ in range(200):
        await writing.commit()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have whatever this process writes beyond fail, as on a full disk."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
