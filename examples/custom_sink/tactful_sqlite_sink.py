"""A sink for Tactful: each event is a row of a table in a SQLite file, ready for SQL, Datasette or a spreadsheet.

A sink says what it got and how it failed, and nothing else: the gateway retries, keeps the order and the dead letters.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kind import SinkKind
from tactful_rules.model.ids import Instant, rfc3339

T = TypeVar("T")


class SqliteConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The options: the file, the table in it, and for how many seconds another program may hold it locked."""

    path: str
    table: str = "tactful_events"
    timeout: Annotated[float, Meta(gt=0, le=30)] = 5.0


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Say what is wrong with options of the right type; any may be absent. Never quote one: it may be a secret."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", values.get("table", "t")):
        return []
    return [OptionProblem("table", "bad_value", "`table` is letters, digits and underscores")]


class SqliteSink:
    """Writes a batch in one transaction. SQLite blocks, so it does so in a thread."""

    batch = 500
    """The gateway hands over at most so many at once."""

    def __init__(self, config: SqliteConfig) -> None:
        self._config = config

    async def open(self) -> None:
        """Make the file and the table, if they are not there."""
        await self._run(self._make)

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Insert the events; one that is there already is a repeat, for delivery is at least once."""
        rows = [
            (one.id, one.type.removeprefix("tactful."), rfc3339(one.at), one.subject, one.body.decode())
            for one in deliveries
        ]
        # Not OR IGNORE, which would pass over rows against any other constraint of the table's owner as well.
        statement = (
            f"INSERT INTO {self._config.table} (id, type, time, person, event) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING"
        )
        await self._run(lambda db: db.executemany(statement, rows))

    async def close(self) -> None:
        """Nothing is held between two batches."""

    def _make(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")  # who reads it meanwhile waits for nobody
        db.execute(
            f"CREATE TABLE IF NOT EXISTS {self._config.table}"
            " (id TEXT PRIMARY KEY, type TEXT NOT NULL, time TEXT NOT NULL, person TEXT NOT NULL, event TEXT NOT NULL)"
        )

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work in a transaction of its own.

        Raises:
            PermanentError: SQLite refuses what is in a row, and will again: it goes to the dead letters.
            TransientError: it can't now (locked, full, read-only, no such folder): the same comes again.
        """
        try:
            return await asyncio.to_thread(self._transact, work)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            raise PermanentError("SQLite refuses a row", str(error)) from error
        except (sqlite3.Error, OSError) as error:
            raise TransientError(f"SQLite can't write: {error}") from error

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        Path(self._config.path).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._config.path, timeout=self._config.timeout)) as db:
            db.execute("PRAGMA synchronous = FULL")  # what we return from survives a power cut
            with db:
                return work(db)


def _build(config: SqliteConfig, clock: Clock) -> SqliteSink:
    return SqliteSink(config)


KIND = SinkKind("sqlite", SqliteConfig, _build, check, address=("path", "table"))
