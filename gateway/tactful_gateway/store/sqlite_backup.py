"""Copies a database file as it is at one moment, also while a gateway writes to it; the copy is whole or not there.

One read transaction is held all the time: else SQLite would begin its copy again after each commit of another process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tactful_gateway.disk.new_file import new_file
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.sqlite_errors import explained
from tactful_gateway.store.sqlite_file import connect_reader, refuse_foreign

PAGES = 1_000
"""Pages copied between two words on how far it is."""


def back_up(path: Path, copy: Path, watch: Callable[[int, int], None]) -> None:
    """Copy the database at `path` to `copy`; `watch` is told how many pages are copied, and how many there are.

    Raises:
        StoreUnavailableError: the file can't be read, or the copy can't be written; there is none then.
    """
    refuse_to_overwrite(copy)
    with explained(copy), new_file(copy) as draft, explained(path):
        _copy(path, draft, watch)


def refuse_to_overwrite(copy: Path) -> None:
    """See that nothing is where a copy goes.

    Raises:
        StoreUnavailableError: something is.
    """
    if copy.exists():
        raise StoreUnavailableError(f"there is something at {copy} already")


def _copy(path: Path, draft: Path, watch: Callable[[int, int], None]) -> None:
    with closing(connect_reader(path)) as source, closing(sqlite3.connect(draft, isolation_level=None)) as target:
        refuse_foreign(source)
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the transaction begins by reading
        source.backup(target, pages=PAGES, progress=lambda _, left, pages: watch(pages - left, pages))
        target.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        (found,) = target.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreUnavailableError(f"the database is damaged, there is no backup of it: {found}")
