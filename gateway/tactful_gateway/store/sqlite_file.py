"""Opening a database file: one process at a time, readable by its owner only, brought to this program's schema."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.sqlite_errors import explained, look_through, refuse_what_was_more

T = TypeVar("T")

APPLICATION_ID = 0x5461_6374
"""The number "Tact" in the file's header, set by the first migration."""
BUSY_TIMEOUT = 3_000
"""Milliseconds to wait for a lock that a backup or a command line holds."""
SLICE = 250
"""The same at once, for a gateway: SQLite hears nothing while it waits, and a stop is not to wait for a lock."""
LONGEST = 16_000
"""Frames of the log from which SQLite copies it into the file itself, inside a commit; sooner, `sqlite_log` does."""
STATEMENTS = 512
"""Prepared statements kept: the writer has one a table and power of two."""


class Handle(sqlite3.Connection):
    """SQLite's own connection; `hurried` tells its thread to wait for nobody's lock any more."""

    hurried = False


class Connection(aiosqlite.Connection):
    """An `aiosqlite` connection that does a whole transaction in one hop to its thread, instead of one a statement.

    Its thread is a daemon: an owner that forgot to close it must not keep the process from ending, and an embedded
    gateway may still commit while the interpreter exits.
    """

    def __init__(self, connect: Callable[[Path], sqlite3.Connection], path: Path) -> None:
        super().__init__(partial(connect, path), iter_chunk_size=64)
        self._thread.daemon = True
        self._path = path
        self.damage: StoreUnavailableError | None = None
        """What was found damaged; it does not pass by itself."""

    @classmethod
    async def open(cls, connect: Callable[[Path], sqlite3.Connection], path: Path) -> Self:
        """Start the thread and call `connect` in it.

        Raises:
            StoreUnavailableError: the connection can't be made.
        """
        made = cls(connect, path)
        try:
            with explained(path):
                await made
        except BaseException:
            # aiosqlite lets the thread end by itself; one that outlives the event loop dies of it, with a traceback.
            await asyncio.to_thread(made._thread.join)
            raise
        return made

    def hurry(self) -> None:
        """Let what is under way and what is asked for wait for no lock any more."""
        if isinstance(self._connection, Handle):
            self._connection.hurried = True

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in the connection's thread, after all that was asked for before.

        Raises:
            StoreUnavailableError: SQLite can't do it now, or the connection is closed.
        """
        if self._connection is None:
            raise StoreUnavailableError("the database is closed", "closed")
        try:
            with explained(self._path):
                # The thread's own queue, which all public methods use too; it knows no transaction as a whole.
                done: T = await self._execute(work, self._connection)  # type: ignore[no-untyped-call]
        except StoreUnavailableError as error:
            if error.cause == "damaged":
                self.damage = error.again()
            raise
        return done


def claim(path: Path) -> int:
    """Take the lock file beside a database, making its folder first, and give the lock's descriptor.

    The lock ends with the descriptor, so a killed process leaves none behind.

    Raises:
        StoreUnavailableError: another process holds it, or the folder can't be written.
    """
    with explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(lock)
            said = f"another tactful process (pid {owner}) uses this database: {path}"
            raise StoreUnavailableError(f"{said}; if it is a gateway, stop it first", "refused") from None
        try:
            refuse_what_was_more(path)
        except BaseException:
            os.close(lock)
            raise
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return lock


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes, unless everything was moved elsewhere."""
    note = _note(path)
    if note.exists():
        where = note.read_text("utf-8").strip()
        said = f"this database was moved to {where}; to use it again nevertheless, remove {note}"
        raise StoreUnavailableError(said, "refused")
    return open_writer(path)


def note_move(path: Path, where: str) -> None:
    """Note beside a database file that everything in it was moved: nobody is to go on with it by mistake."""
    with explained(path):
        _note(path).write_text(f"{where}\n", "utf-8")


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".moved")


def open_writer(path: Path) -> sqlite3.Connection:
    """Open a connection that writes, and bring the schema up to date.

    `synchronous=FULL` is what makes an acknowledgement survive a power cut; with NORMAL, WAL loses the last commits.
    """
    db = _connect(path)
    try:
        refuse_foreign(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA journal_size_limit = 67108864")
        db.execute(f"PRAGMA wal_autocheckpoint = {LONGEST}")
        db.execute("PRAGMA secure_delete = ON")  # what was erased is overwritten, and not only forgotten
        _migrate(path, db)
    except BaseException:
        db.close()
        raise
    return db


def connect_copier(path: Path) -> sqlite3.Connection:
    """Open the connection that copies the log into the file, beside the writer."""
    db = _connect(path)
    db.execute("PRAGMA synchronous = FULL")
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open the connection that only reads, beside the writer and never waiting for it."""
    db = _connect(path)
    db.execute("PRAGMA query_only = ON")
    return db


def _connect(path: Path) -> sqlite3.Connection:
    patience = BUSY_TIMEOUT / 1000
    db = sqlite3.connect(path, patience, isolation_level=None, factory=Handle, cached_statements=STATEMENTS)
    db.execute("PRAGMA temp_store = MEMORY")
    return db


def refuse_foreign(db: sqlite3.Connection) -> None:
    """Keep out of a file that is not ours.

    Raises:
        StoreUnavailableError: it is another program's.
    """
    application = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION_ID and (application or tables):
        raise StoreUnavailableError("the file is another program's SQLite database: check the path", "refused")


def _migrate(path: Path, db: sqlite3.Connection) -> None:
    steps = _migrations()
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise StoreUnavailableError(
            f"a newer Tactful wrote this database (schema {version}, this one knows {len(steps)}): upgrade Tactful",
            "refused",
        )
    if version < len(steps):
        look_through(path, db)  # before anything is written
    for number, script in list(enumerate(steps, 1))[version:]:
        db.execute("BEGIN IMMEDIATE")
        for statement in _statements(script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")


def _migrations() -> list[str]:
    folder = resources.files("tactful_gateway.store") / "migrations"
    files = sorted((it for it in folder.iterdir() if it.name.endswith(".sql")), key=lambda it: it.name)
    return [file.read_text(encoding="utf-8") for file in files]


def _statements(script: str) -> Iterator[str]:
    # `executescript` would commit first and undo the one transaction a migration is.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
