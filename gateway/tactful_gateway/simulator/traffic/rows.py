"""Cuts a text file into rows, each with the line it began on: the cells of CSV, the objects of JSON Lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from msgspec import Struct

_DELIMITERS = (",", ";", "\t")
_CONVERT = "convert it, one of Excel for example with iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
JSON_LINES = (".jsonl", ".ndjson", ".json")


class TrafficError(Exception):
    """The traffic file can't be read at all."""


class TrafficOptionError(TrafficError):
    """What was said of the traffic does not fit it."""


class RowError(Exception):
    """One row can't be played."""


class CsvRows(Struct, frozen=True):
    """The columns that the header names, and the cells of each row."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


class ObjectRows(Struct, frozen=True):
    """Rows that each name their own columns, with values that have types; `columns` where the file lists them.

    A row that stands there as JSON text is still that text.
    """

    columns: tuple[str, ...] | None
    rows: Iterator[tuple[int, str | dict[str, Any]]]


@contextmanager
def open_rows(path: Path) -> Iterator[CsvRows | ObjectRows]:
    """Open a text file by its suffix: `.jsonl` and `.ndjson` are JSON Lines, anything else is CSV.

    Raises:
        TrafficError: it is empty, not UTF-8, or its header has a column twice.
        OSError: it can't be opened.
    """
    suffix = path.suffix.lower()
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield ObjectRows(None, _json_rows(file)) if suffix in JSON_LINES else _csv(file)
        except UnicodeDecodeError as error:
            raise TrafficError(f"the file is not UTF-8 text; {_CONVERT}") from error
        except csv.Error as error:
            raise TrafficError(f"the file is not CSV: {error}") from error


def _csv(file: TextIO) -> CsvRows:
    header = file.readline()
    if not header.strip():
        raise TrafficError("the file is empty; its first line names the columns")
    delimiter = max(_DELIMITERS, key=header.count)
    columns = tuple(name.strip() for name in next(csv.reader([header], delimiter=delimiter)))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise TrafficError(f"the header has a column twice: {', '.join(twice)}")
    return CsvRows(columns, _csv_rows(csv.reader(file, delimiter=delimiter)))


def _csv_rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    line = 2
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 2


def _json_rows(file: TextIO) -> Iterator[tuple[int, str]]:
    return ((line, text) for line, text in enumerate(file, start=1) if not text.isspace())
