"""When SQLite's write-ahead log is copied into the file: by a connection of its own, beside the one that writes.

SQLite does it inside a commit, for which that one's callers wait. Here commits go on in the log meanwhile, so that only
what they added is left for the writer to copy, between two of them: the next one finds all of it copied, and begins it
anew.

SQLite tells the length of its log to its C interface alone. The file's size does not tell it, since a log is begun anew
over what it held; but each of its frames bears the salts of the log that it belongs to.

Source: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import struct
from pathlib import Path

import structlog

from tactful_gateway.logs import Seldom
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.sqlite_file import LONGEST, Connection

LENGTH = LONGEST // 4
"""Frames, each a page, from which the log is copied. With SQLite's own 1,000 the same pages are copied more often."""
HEADER = struct.Struct(">8xI4x8s8x")
"""Of the log: the size of a page, and the salts."""
FRAME = struct.Struct(">8x8s8x")
"""Of a frame: the salts. The page follows."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Log:
    """The log of a database file."""

    def __init__(self, path: Path, copier: Connection, writer: Connection) -> None:
        self._path = path.with_name(path.name + "-wal")
        self._copier = copier
        self._writer = writer
        self._copying: asyncio.Task[None] | None = None
        self._is_time = Seldom()

    @property
    def damage(self) -> StoreUnavailableError | None:
        """What was found damaged while it was copied."""
        return self._copier.damage

    def is_long(self) -> bool:
        """Tell whether it is time to copy it; a log that can't be read is not long."""
        try:
            file = os.open(self._path, os.O_RDONLY)
        except OSError:
            return False
        try:
            page, salts = HEADER.unpack(os.pread(file, HEADER.size, 0))
            start = HEADER.size + (LENGTH - 1) * (FRAME.size + page)
            return FRAME.unpack(os.pread(file, FRAME.size, start)) == (salts,)
        except (OSError, struct.error):
            return False
        finally:
            os.close(file)

    def begin_copy(self) -> None:
        """Begin to copy what no reader stands in the way of, unless that is under way."""
        if self._copying is None or self._copying.done():
            self._copying = asyncio.create_task(self._copy(), name="tactful-log")

    async def _copy(self) -> None:
        try:
            await self._copier.run(_copy)
            await self._writer.run(_copy)
        except StoreUnavailableError as error:
            if self._is_time():
                log.warning(
                    "log_not_copied", cause=error.cause, error=str(error), effect="the -wal file grows until it can be"
                )

    async def settle(self) -> None:
        """Wait until nobody copies: SQLite lets nobody else fold the log meanwhile, and does not wait by itself."""
        if self._copying is not None:
            await asyncio.wait((self._copying,))

    async def close(self) -> None:
        """Let go of the connection that copies, once nobody does; the writer is still needed until then."""
        await self.settle()
        await self._copier.close()


def _copy(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
