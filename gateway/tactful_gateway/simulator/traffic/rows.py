"""Cuts a traffic file into rows: `{column: cell}` with the line each began on; cells of JSON Lines keep their types."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec import Struct

from tactful_gateway.simulator.traffic.visit import BadRow

_DELIMITERS = (",", ";", "\t")
LATER = (".parquet", ".pq")
JSON_LINES = (".jsonl", ".ndjson", ".json")


class TrafficError(Exception):
    """The traffic file can't be read at all."""


class TrafficOptionError(TrafficError):
    """What was said of the traffic does not fit it."""


class Rows(Struct, frozen=True):
    """An open traffic file; `columns` is None where each row brings its own."""

    columns: tuple[str, ...] | None
    rows: Iterator[tuple[int, Mapping[str, Any]] | BadRow]


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open a traffic file by its suffix: `.jsonl` and `.ndjson` are JSON Lines, anything else is CSV.

    Raises:
        TrafficError: it is Parquet, empty, not UTF-8, or its header has a column twice.
        OSError: it can't be opened.
    """
    suffix = path.suffix.lower()
    if suffix in LATER:
        raise TrafficError("Parquet is planned but not read yet; write the traffic as CSV or JSON Lines")
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield _json_lines(file) if suffix in JSON_LINES else _csv(file)
        except UnicodeDecodeError as error:
            raise TrafficError("the traffic is not UTF-8 text") from error
        except csv.Error as error:
            raise TrafficError(f"the traffic is not CSV: {error}") from error


def _csv(file: TextIO) -> Rows:
    header = file.readline()
    if not header.strip():
        raise TrafficError("the traffic is empty; its first line names the columns")
    delimiter = max(_DELIMITERS, key=header.count)
    columns = tuple(name.strip() for name in next(csv.reader([header], delimiter=delimiter)))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise TrafficError(f"the header has a column twice: {', '.join(twice)}")
    return Rows(columns, _csv_rows(csv.reader(file, delimiter=delimiter), columns))


def _csv_rows(reader: Any, columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, Any]] | BadRow]:
    line = 2
    for cells in reader:
        if len(cells) > len(columns):
            yield BadRow(line, f"{len(cells)} cells for {len(columns)} columns")
        elif cells:
            yield line, dict(zip(columns, cells, strict=False))
        line = reader.line_num + 2


def _json_lines(file: TextIO) -> Rows:
    return Rows(None, _json_rows(file))


def _json_rows(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any]] | BadRow]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = msgspec.json.decode(text)
        except msgspec.DecodeError:
            yield BadRow(line, "this is not JSON")
            continue
        yield (line, row) if isinstance(row, dict) else BadRow(line, "this is not a JSON object")
