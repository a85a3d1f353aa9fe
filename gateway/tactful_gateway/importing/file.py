"""A file of feedback, row by row, with the line on which each begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tactful_gateway.simulator.traffic.parquet import parquet_rows
from tactful_gateway.simulator.traffic.read import PARQUET
from tactful_gateway.simulator.traffic.rows import CsvRows, ObjectRows, RowError, open_rows


class Row(Struct, frozen=True):
    """One row: what each column says, or why it can't be read; `raw` is what stood there."""

    line: int
    says: dict[str, Any]
    raw: Any
    problem: str = ""


class File(Struct, frozen=True):
    """An open file: `columns` where it lists them, and whether its values are `typed` as those of JSON are."""

    columns: tuple[str, ...] | None
    typed: bool
    rows: Iterator[Row]

    def lines(self, path: Path) -> int | None:
        """Give how many lines there are, for a progress bar; None where that takes reading it all."""
        if path.suffix.lower() in PARQUET:
            return None
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


@contextmanager
def open_file(path: Path) -> Iterator[File]:
    """Open a file by its suffix: Parquet, JSON Lines, CSV else.

    Raises:
        TrafficError: the file as a whole can't be read.
        OSError: it can't be opened.
    """
    with nullcontext(parquet_rows(path)) if path.suffix.lower() in PARQUET else open_rows(path) as found:
        if isinstance(found, CsvRows):
            yield File(found.columns, False, _csv_rows(found))
        else:
            yield File(found.columns, True, _object_rows(found))


def _csv_rows(found: CsvRows) -> Iterator[Row]:
    width = len(found.columns)
    for line, cells in found.rows:
        if len(cells) > width:
            yield Row(line, {}, cells, f"{len(cells)} cells for {width} columns")
        else:
            yield Row(line, dict(zip(found.columns, cells, strict=False)), cells)


def _object_rows(found: ObjectRows) -> Iterator[Row]:
    for line, raw in found.rows:
        try:
            yield Row(line, _object(raw), raw)
        except RowError as error:
            yield Row(line, {}, raw, str(error))


def _object(raw: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RowError(f"this is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RowError("this is not a JSON object")
    return row
