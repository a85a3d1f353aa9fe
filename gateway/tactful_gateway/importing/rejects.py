"""Keeps the rows that were refused, with line and reason, in a file that can be put right and imported in its turn.

One that is there already is never written over: somebody may be putting it right.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from filecmp import cmp
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

import msgspec

from tactful_gateway.importing.file import File, Row
from tactful_gateway.importing.rows import OURS

LINE, PROBLEM, RAW = f"{OURS}line", f"{OURS}problem", f"{OURS}raw"


def rejects_path(source: Path, *, typed: bool) -> Path:
    """Give where the rejects of a file go by default: beside it."""
    return source.with_name(f"{source.stem}.rejects{'.jsonl' if typed else '.csv'}")


class Rejects:
    """A file that is made for its first row, and not at all where there is none.

    `path` is where it is at last, `left` those that were there before it and have something else in them.
    """

    def __init__(self, path: Path, source: File, *, keep: bool) -> None:
        """Keep rows of `source` at `path`, or beside it under the next free number; or only count them."""
        self.path = path
        self.left: list[Path] = []
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
        """Close the file, if there is one; it goes away again where one of those before it says the very same."""
        if self._file is None:
            return
        self._file.close()
        same = next((path for path in self.left if path.is_file() and cmp(path, self.path, shallow=False)), None)
        if same is not None:
            self.path.unlink()
            self.path, self.left = same, []

    def add(self, row: Row, problem: str) -> None:
        """Keep a row.

        Raises:
            OSError: it can't be written.
        """
        self.count += 1
        if not self._keep:
            return
        if self._file is None:
            self._file = self._make()
            if not self._source.typed:
                csv.writer(self._file).writerow([*self._theirs(self._source.columns or ()), LINE, PROBLEM])
        if self._source.typed:
            says = {name: value for name, value in row.says.items() if not name.startswith(OURS)} or {RAW: row.raw}
            self._file.write(msgspec.json.encode({**says, LINE: row.line, PROBLEM: problem}).decode() + "\n")
        else:
            # Too many cells stay behind ours: nobody but their author knows where they belong.
            surplus = row.raw[len(self._source.columns or ()) :]
            csv.writer(self._file).writerow([*self._theirs(row.raw), row.line, problem, *surplus])

    def _make(self) -> TextIO:
        first = self.path
        while True:
            # A pipe or /dev/null is there once, and loses nothing by it.
            mode: Literal["w", "x"] = "w" if self.path.exists() and not self.path.is_file() else "x"
            try:
                return self.path.open(mode, encoding="utf-8", newline="")
            except FileExistsError:
                self.left.append(self.path)
                self.path = first.with_name(f"{first.stem}-{len(self.left) + 1}{first.suffix}")

    def _theirs(self, cells: Sequence[str]) -> list[str]:
        columns = self._source.columns or ()
        return [cell for name, cell in zip_longest(columns, cells[: len(columns)], fillvalue="") if name[:1] != OURS]
