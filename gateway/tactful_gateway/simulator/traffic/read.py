"""Reads a traffic file against a ruleset; bad rows are collected, since nobody wants to fix them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import tzinfo
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tactful_gateway.simulator.rejected.gather import RejectedParams
from tactful_gateway.simulator.traffic.columns import ColumnReader
from tactful_gateway.simulator.traffic.names import Names
from tactful_gateway.simulator.traffic.objects import ObjectReader
from tactful_gateway.simulator.traffic.parquet import parquet_rows
from tactful_gateway.simulator.traffic.rows import CsvRows, RowError, open_rows
from tactful_gateway.simulator.traffic.visit import BadRow, Traffic, Visit
from tactful_rules.model.ruleset import Ruleset

PARQUET = (".parquet", ".pq")
Row_contra = TypeVar("Row_contra", contravariant=True)
Row = TypeVar("Row")


class _Reader(Protocol[Row_contra]):
    """Reads the rows of one file, as `ColumnReader` and `ObjectReader` do."""

    unknown: dict[str, None]

    def read(self, row: Row_contra, /) -> Visit: ...

    def said(self, row: Row_contra, touchpoint: str, param: str, /) -> Any: ...


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
            return _gather(rows.rows, cells, names)
        if rows.columns is not None:
            names.check_columns(rows.columns)
        objects = ObjectReader(names)
        return _gather(rows.rows, objects, names)


def _gather(rows: Iterable[tuple[int, Row]], reader: _Reader[Row], names: Names) -> Traffic:
    visits: list[Visit] = []
    bad: list[BadRow] = []
    rejected, read = RejectedParams(names.ruleset.touchpoints), reader.read
    first: dict[str, int] = {}
    late, before = 0, 0
    for line, row in rows:
        try:
            visit = read(row)
        except RowError as error:
            bad.append(BadRow(line, str(error)))
            continue
        if visit.rejected:
            rejected.note(visit.touchpoint, visit.rejected, line, partial(reader.said, row, visit.touchpoint))
        if visit.touchpoint not in first:
            first[visit.touchpoint] = line
        late += visit.at < before
        before = visit.at
        visits.append(visit)
    if late:
        visits.sort(key=attrgetter("at"))
    unknown = {touchpoint: line for touchpoint, line in first.items() if not names.is_touchpoint(touchpoint)}
    return Traffic(tuple(visits), tuple(bad), tuple(reader.unknown), unknown, late, rejected.found())
