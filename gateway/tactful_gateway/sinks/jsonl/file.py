"""A file of lines that survives a crash: whole lines are fsynced before `append` returns, torn ones are repaired.

A line is torn only if the process died before `append` returned, so cutting it off loses nothing acknowledged.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tactful_gateway.disk.folder import sync_folder
from tactful_rules.model.ids import Instant, to_datetime

_TAIL = 64 * 1024
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class ForeignFileError(Exception):
    """The file holds something else than lines of JSON objects."""


class LineFile:
    """An append-only file that is rotated by size and by day; every method blocks and may raise `OSError`."""

    def __init__(self, path: Path, max_size: int | None = None, daily: bool = False) -> None:
        self._path = path
        self._max_size = max_size
        self._daily = daily
        self._fd: int | None = None
        self._size = 0
        self._day = ""

    def open(self) -> None:
        """Open the file, making its folders, and repair its last line.

        Raises:
            ForeignFileError: it is no file of such lines, the gateway's own database perhaps; it stays as it is.
        """
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, _FLAGS, 0o640)
        try:
            self._size = _repair(fd)
            self._day = datetime.fromtimestamp(os.fstat(fd).st_mtime, UTC).date().isoformat()
            sync_folder(self._path.parent)
        except (OSError, ForeignFileError):
            os.close(fd)
            raise
        self._fd = fd

    def append(self, lines: Sequence[bytes], now: Instant) -> None:
        """Write whole lines (without their newlines) and fsync them; after an error none of the last file's stay."""
        fd = self._current()
        day = to_datetime(now).date().isoformat()
        if self._daily and self._size and day != self._day:
            fd = self._rotate(now)
        self._day = day
        pending = bytearray()
        for line in lines:
            grown = self._size + len(pending)
            if self._max_size is not None and grown and grown + len(line) + 1 > self._max_size:
                self._write(fd, bytes(pending))
                pending.clear()
                fd = self._rotate(now)
            pending += line
            pending += b"\n"
        self._write(fd, bytes(pending))

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def _current(self) -> int:
        """Give the open file; open it again when somebody moved or removed it (logrotate, rm)."""
        if self._fd is not None:
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._fd), self._path.stat()):
                    return self._fd
        self.open()
        assert self._fd is not None
        return self._fd

    def _write(self, fd: int, data: bytes) -> None:
        if not data:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        except OSError:
            # A full disk leaves half a line behind; if cutting it fails too, opening again will repair it.
            with contextlib.suppress(OSError):
                os.ftruncate(fd, self._size)
            self.close()
            raise
        self._size += len(data)

    def _rotate(self, now: Instant) -> int:
        """Move the full file aside as `name-20261122T093000Z.jsonl` and begin a new one."""
        self.close()
        stamp = to_datetime(now).strftime("%Y%m%dT%H%M%SZ")
        aside = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
        number = 2
        while aside.exists():
            aside = self._path.with_name(f"{self._path.stem}-{stamp}_{number:03d}{self._path.suffix}")
            number += 1
        self._path.rename(aside)
        self.open()
        self._day = to_datetime(now).date().isoformat()  # by the caller's clock, not by the new file's time
        assert self._fd is not None
        return self._fd


def _repair(fd: int) -> int:
    """Make the file end with a newline and give its size: a torn last line is cut off, a whole one is ended.

    Raises:
        ForeignFileError: it holds something else, which is left as it is.
    """
    size = os.fstat(fd).st_size
    start, tail = size, b""
    while start > 0 and tail.count(b"\n") < 2:
        step = min(_TAIL, start)
        start -= step
        tail = _read_at(fd, start, step) + tail
    before, _, last = tail.rpartition(b"\n")
    whole = before.rpartition(b"\n")[2]
    if (last and not last.startswith(b"{")) or (whole and not _is_object(whole)):
        raise ForeignFileError
    if not last:
        return size
    if _is_object(last):
        os.write(fd, b"\n")
    else:
        os.ftruncate(fd, size - len(last))
    os.fsync(fd)
    return os.fstat(fd).st_size


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _read_at(fd: int, start: int, count: int) -> bytes:
    os.lseek(fd, start, os.SEEK_SET)
    return os.read(fd, count)
