"""The sink keeps what every sink promises, and a few things of its own. Run it with: pytest"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tactful_sqlite_sink import SqliteConfig, SqliteSink, check

from tactful_gateway.contracts.sink import NOW, SinkContract, deliver_all, delivery
from tactful_gateway.outgoing.errors import PermanentError, TransientError


class Harness:
    """A file that the test can read, and hold locked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sink(self) -> SqliteSink:
        return SqliteSink(SqliteConfig(str(self.path), timeout=0.1))

    async def received(self) -> list[bytes]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path)) as db:
            return [row[0].encode() for row in db.execute("SELECT event FROM tactful_events ORDER BY rowid")]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        with closing(sqlite3.connect(self.path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield


class TestSqliteSink(SinkContract):
    """All of the suite that Tactful ships."""

    kind = "sqlite"

    @pytest.fixture
    def harness(self, tmp_path: Path) -> Harness:
        return Harness(tmp_path / "sub" / "answers.db")


async def test_an_event_that_comes_again_is_there_once(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "answers.db")
    for _ in range(2):
        await deliver_all(harness.sink(), [delivery(1), delivery(2)])
    assert len(await harness.received()) == 2


async def test_a_row_against_a_constraint_of_the_owner_is_refused_for_good(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "answers.db")
    sink = harness.sink()
    await sink.open()
    with closing(sqlite3.connect(harness.path)) as db:
        db.execute(
            "CREATE TRIGGER no_spam BEFORE INSERT ON tactful_events WHEN new.event LIKE '%spam%'"
            " BEGIN SELECT RAISE(ABORT, 'no spam here'); END"
        )
    with pytest.raises(PermanentError) as refused:
        await sink.deliver([delivery(1, "spam")], NOW)
    assert refused.value.answer == "no spam here"


async def test_a_row_against_a_check_of_the_owner_s_table_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "answers.db")
    with closing(sqlite3.connect(harness.path)) as db:
        db.execute(
            "CREATE TABLE tactful_events (id TEXT PRIMARY KEY, type TEXT, time TEXT, person TEXT,"
            " event TEXT CHECK (event NOT LIKE '%spam%'))"
        )
    with pytest.raises(PermanentError):
        await deliver_all(harness.sink(), [delivery(1, "spam")])
    assert await harness.received() == []


async def test_what_is_no_database_is_waited_for_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, this is not a database at all. " * 100)
    with pytest.raises(TransientError, match="not a database"):
        await Harness(path).sink().open()
    assert path.read_text().startswith("Dear diary")


def test_a_table_s_name_is_checked() -> None:
    assert check({"table": "answers_2026"}) == check({}) == []
    assert [problem.key for problem in check({"table": "a; DROP TABLE b"})] == ["table"]
