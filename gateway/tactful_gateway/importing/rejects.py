"""Keeps the rows that were refused, with line and reason, in a file that can be put right and imported in its turn."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import msgspec

from tactful_gateway.importing.file import File, Row
from tactful_gateway.importing.rows import OURS

LINE, PROBLEM, RAW = f"{OURS}line", f"{OURS}problem", f"{OURS}raw"


def rejects_path(source: Path, *, typed: bool) -> Path:
    """Give where the rejects of a file go by default: beside it."""
    return source.with_name(f"{source.stem}.rejects{'.jsonl' if typed else '.csv'}")


class Rejects:
    """A file that is made for its first row, and not at all where there is none."""

    def __init__(self, path: Path, source: File, *, keep: bool) -> None:
        """Keep rows of `source` at `path`, or only count them."""
        self.path = path
        self._keep = keep
        self.count = 0
        self._source = source
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, problem: str) -> None:
        """Keep a row.

        Raises:
            OSError: it can't be written.
        """
        self.count += 1
        if not self._keep:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            if not self._source.typed:
                csv.writer(self._file).writerow([*self._theirs(self._source.columns or ()), LINE, PROBLEM])
        if self._source.typed:
            says = {name: value for name, value in row.says.items() if not name.startswith(OURS)} or {RAW: row.raw}
            self._file.write(msgspec.json.encode({**says, LINE: row.line, PROBLEM: problem}).decode() + "\n")
        else:
            # Too many cells stay behind ours: nobody but their author knows where they belong.
            surplus = row.raw[len(self._source.columns or ()) :]
            csv.writer(self._file).writerow([*self._theirs(row.raw), row.line, problem, *surplus])

    def _theirs(self, cells: Sequence[str]) -> list[str]:
        columns = self._source.columns or ()
        return [cell for name, cell in zip_longest(columns, cells[: len(columns)], fillvalue="") if name[:1] != OURS]
