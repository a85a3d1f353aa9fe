"""Keeps the rows that were refused, with line and reason, in a file that can be put right and imported in its turn.

One that is there already is never written over: somebody may be putting it right.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EISDIR
from filecmp import cmp
from itertools import zip_longest
from os import fsync, strerror
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import msgspec

from tactful_gateway.disk.folder import sync_folder
from tactful_gateway.disk.new_file import name_new
from tactful_gateway.disk.partial import open_partial, partial_path
from tactful_gateway.importing.file import File, Row
from tactful_gateway.importing.rows import OURS

LINE, PROBLEM, RAW = f"{OURS}line", f"{OURS}problem", f"{OURS}raw"


def rejects_path(source: Path, *, typed: bool) -> Path:
    """Give where the rejects of a file go by default: beside it."""
    return source.with_name(f"{source.stem}.rejects{'.jsonl' if typed else '.csv'}")


class RejectsError(Exception):
    """Refused rows can't be kept; the message says why, and what to do."""


class Rejects:
    """A file that gets its name when all is done, and that is not there at all where no row was refused.

    Until then it is `partial`, in which another run may have `left_over` something. `path` is where it is at last,
    `left` those that were there before it and have something else in them. Without `keep` they are counted alone.
    """

    def __init__(self, path: Path, source: File, *, keep: bool) -> None:
        """Keep rows of `source` at `path`, or beside it under the next free number; or only count them."""
        self.path = path
        self.partial = partial_path(path)
        self.left_over = False
        self.left: list[Path] = []
        self.count = 0
        self.keep = keep
        self._source = source
        # A pipe or /dev/null is there once, and loses nothing by being written to.
        self._passes_on = path.exists() and not path.is_file()
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Begin the file, so that one which can't be written is known before anything is sent.

        Raises:
            RejectsError: so it is.
        """
        if not self.keep:
            return self
        try:
            if self.path.is_dir():
                raise IsADirectoryError(EISDIR, strerror(EISDIR))
            if self._passes_on:
                self._file = self.path.open("w", encoding="utf-8", newline="")
            else:
                self._file, self.left_over = open_partial(self.partial)
        except BlockingIOError as error:
            busy = f"{self.partial} is being written: that file is being imported already"
            raise RejectsError(f"{busy}; wait for it, or give --rejects another name") from error
        except OSError as error:
            why = f"refused rows can't be kept there ({error.strerror}), so nothing was sent"
            raise RejectsError(f"{self.path}: {why}; give --rejects a file that can be written") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or leave it partial where all did not end well.

        It goes away again where one of those before it says the very same.

        Raises:
            RejectsError: it can't be written to its end.
        """
        if self._file is None:
            return
        try:
            if kind is None:
                with self._writing():
                    self._end(self._file)
            if not self._passes_on and (kind is None or not self.count):
                self.partial.unlink(missing_ok=True)
        finally:  # last of all: it lets go of the lock
            with suppress(OSError):  # what went wrong was told
                self._file.close()

    @property
    def so_far(self) -> Path | None:
        """Give where the rows lie that were refused by an import that did not end."""
        return self.partial if self.count and self._file is not None and not self._passes_on else None

    def add(self, row: Row, problem: str) -> None:
        """Keep a row.

        Raises:
            RejectsError: it can't be written.
        """
        self.count += 1
        if self._file is None:
            return
        with self._writing():
            self._write(self._file, row, problem)

    def _write(self, file: TextIO, row: Row, problem: str) -> None:
        if self._source.typed:
            says = {name: value for name, value in row.says.items() if not name.startswith(OURS)} or {RAW: row.raw}
            file.write(msgspec.json.encode({**says, LINE: row.line, PROBLEM: problem}).decode() + "\n")
            return
        if self.count == 1:
            csv.writer(file).writerow([*self._theirs(self._source.columns or ()), LINE, PROBLEM])
        # Too many cells stay behind ours: nobody but their author knows where they belong.
        surplus = row.raw[len(self._source.columns or ()) :]
        csv.writer(file).writerow([*self._theirs(row.raw), row.line, problem, *surplus])

    def _end(self, file: TextIO) -> None:
        file.flush()
        if self.count and not self._passes_on:
            fsync(file.fileno())
            self._name()

    def _name(self) -> None:
        first = self.path
        while True:
            if self.path.is_file() and cmp(self.path, self.partial, shallow=False):
                self.left = []
                return
            try:
                name_new(self.partial, self.path)
                break
            except FileExistsError:
                self.left.append(self.path)
                self.path = first.with_name(f"{first.stem}-{len(self.left) + 1}{first.suffix}")
        sync_folder(self.path.parent)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = f"refused rows can't be kept ({error.strerror}); what was acknowledged stays"
            hint = "Make room, or give --rejects another file, and run the same again"
            raise RejectsError(f"{self.path}: {why}. {hint}") from error

    def _theirs(self, cells: Sequence[str]) -> list[str]:
        columns = self._source.columns or ()
        return [cell for name, cell in zip_longest(columns, cells[: len(columns)], fillvalue="") if name[:1] != OURS]
