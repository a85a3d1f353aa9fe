"""Reads a traffic file against a ruleset; bad rows are collected, since nobody wants to fix them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import tzinfo
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from tactful_gateway.simulator.traffic.columns import ColumnReader
from tactful_gateway.simulator.traffic.names import Names
from tactful_gateway.simulator.traffic.objects import ObjectReader
from tactful_gateway.simulator.traffic.parquet import parquet_rows
from tactful_gateway.simulator.traffic.rows import CsvRows, RowError, open_rows
from tactful_gateway.simulator.traffic.visit import BadRow, Traffic, Visit
from tactful_rules.model.ruleset import Ruleset

PARQUET = (".parquet", ".pq")
Row = TypeVar("Row")


def read_traffic(
    path: Path,
    ruleset: Ruleset,
    touchpoint: str | None,
    renames: Mapping[str, str],
    *,
    beside: Ruleset | None = None,
    zone: tzinfo | None = None,
) -> Traffic:
    """Read a traffic file into visits in order of time; `renames` maps a column to a param or to one of `COLUMNS`.

    Where the same file is also played through another ruleset, that one is `beside`: what it alone declares may be
    named, and means nothing here. `zone` is that of times without one, the ruleset's own by default: the same row must
    be the same moment for both.

    Raises:
        TrafficOptionError: `touchpoint` or `renames` fit neither the ruleset nor the file.
        TrafficError: the file as a whole can't be read.
        OSError: it can't be opened.
    """
    names = Names(ruleset, touchpoint, renames, beside, zone)
    with nullcontext(parquet_rows(path)) if path.suffix.lower() in PARQUET else open_rows(path) as rows:
        if isinstance(rows, CsvRows):
            cells = ColumnReader(rows.columns, names)
            return _gather(rows.rows, cells.read, cells.unknown)
        if rows.columns is not None:
            names.check_columns(rows.columns)
        objects = ObjectReader(names)
        return _gather(rows.rows, objects.read, objects.unknown)


def _gather(rows: Iterable[tuple[int, Row]], read: Callable[[Row], Visit], unknown: Mapping[str, None]) -> Traffic:
    visits: list[Visit] = []
    bad: list[BadRow] = []
    late, before = 0, 0
    for line, row in rows:
        try:
            visit = read(row)
        except RowError as error:
            bad.append(BadRow(line, str(error)))
            continue
        late += visit.at < before
        before = visit.at
        visits.append(visit)
    if late:
        visits.sort(key=attrgetter("at"))
    return Traffic(tuple(visits), tuple(bad), tuple(unknown), late)
