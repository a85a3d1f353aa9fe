"""What goes wrong in a SQLite file, as `StoreUnavailableError` in words that say what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tactful_gateway.store.base import Cause, StoreUnavailableError

RESTORE = (
    "stop the gateway, then restore the file and its secret from a backup"
    " (see Backing up and restoring in docs/operations.md)"
)
LOOK = 1.0
"""Seconds that looking through a file may take at the start. What a large one hides beyond that is found when read."""
STEPS = 10_000
"""Instructions of SQLite's machine between two looks at the clock."""

_WORDS: Mapping[str, tuple[Cause, str]] = {
    "SQLITE_FULL": ("disk_full", "the disk is full: free some space"),
    "SQLITE_READONLY": ("read_only", "{path} is read-only: check its permissions, its folder's and its disk's"),
    "SQLITE_BUSY": ("locked", "another program holds {path} locked: find and end it (lsof, fuser)"),
    "SQLITE_LOCKED": ("locked", "another program holds {path} locked: find and end it (lsof, fuser)"),
    "SQLITE_CORRUPT": ("damaged", f"{{path}} is damaged: {RESTORE}"),
    "SQLITE_NOTADB": ("damaged", f"{{path}} is no SQLite database: check the path; if it was one, {RESTORE}"),
    "SQLITE_CANTOPEN": ("read_only", "{path} can't be opened: check its permissions and its folder's"),
    "SQLITE_IOERR": ("disk_failing", "the disk of {path} fails or is full: check it, and the system's log"),
}
VAGUE = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
"""What SQLite says of a disk, unless it is full in the middle of a write."""
_TRIED = 64 * 1024
"""Bytes that are written, and dropped, to see what the disk says to them."""
_DISK: Mapping[int, tuple[Cause, str]] = {
    errno.ENOSPC: ("disk_full", "the disk is full: free some space"),
    errno.EDQUOT: ("disk_full", "the disk quota is used up: free some space"),
    errno.EFBIG: ("disk_full", "no file may grow as large as {path} does: raise the limit (ulimit -f, LimitFSIZE=)"),
    errno.EROFS: ("read_only", "the disk of {path} is read-only: check the system's log, and mount it for writing"),
    errno.EACCES: ("read_only", "{path} can't be written: check its permissions and its folder's"),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into `StoreUnavailableError`; mistakes of the caller pass."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise
    except sqlite3.Error as error:
        raise _explained(path, error) from error
    except OSError as error:
        unknown: tuple[Cause, str] = ("other", "{path} can't be used")
        cause, said = _DISK.get(error.errno or 0, unknown)
        raise StoreUnavailableError(f"{said.format(path=path)} ({error})", cause) from error


def _explained(path: Path, error: sqlite3.Error) -> StoreUnavailableError:
    name = getattr(error, "sqlite_errorname", "")
    unknown: tuple[Cause, str] = ("other", "SQLite can't do it with {path}")
    cause, said = next((words for code, words in _WORDS.items() if name.startswith(code)), unknown)
    if name.startswith(VAGUE):
        cause, said = _ask_disk(path) or (cause, said)
    return StoreUnavailableError(f"{said.format(path=path)} ({error})", cause)


def _ask_disk(path: Path) -> tuple[Cause, str] | None:
    """Say what the disk itself tells of why something failed there."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return None
    if found.f_flag & os.ST_RDONLY:
        return _DISK[errno.EROFS]
    return _DISK[errno.ENOSPC] if found.f_bavail == 0 else _try_disk(path)


def _try_disk(path: Path) -> tuple[Cause, str] | None:
    """Say what happens to a write as far behind as the database's: SQLite calls a used up quota a failing disk."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.seek(max(_size(path), _size(_log_of(path))))
            file.write(bytes(_TRIED))
    except OSError as error:
        return _DISK.get(error.errno or 0)
    return None


def refuse_what_was_more(path: Path) -> None:
    """Refuse a database that is gone or empty and was not always: a new one in its place would hide the loss.

    SQLite would begin anew, and throw away the log beside it.

    Raises:
        StoreUnavailableError: what lies beside the file says that there was more.
    """
    if _size(path) > 0:
        return
    left = [beside for beside in (_log_of(path), path.with_name(path.name + ".secret")) if _size(beside) > 0]
    if left:
        what = "empty" if path.exists() else "gone"
        told = f"{path} is {what}, but {left[0]} is there: {RESTORE}. To begin anew instead, remove {left[0]}"
        raise StoreUnavailableError(told, "damaged")


def look_through(path: Path, db: sqlite3.Connection) -> None:
    """Look for damage in a file, as far as there is time.

    Raises:
        StoreUnavailableError: there is some; the message says where.
        sqlite3.DatabaseError: there is so much that SQLite can't look for it.
    """
    end = time.monotonic() + LOOK
    db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return
    finally:
        db.set_progress_handler(None, 0)
    if found != "ok":
        raise StoreUnavailableError(f"{path} is damaged: {RESTORE} ({found})", "damaged")


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
