"""Reads a traffic file against a ruleset; bad rows are collected, since nobody wants to fix them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

from tactful_gateway.http.reading.params import meets_schema
from tactful_gateway.simulator.traffic.about import ROOTS, is_about, read_about
from tactful_gateway.simulator.traffic.cells import UNREADABLE, CellReader, cell_reader
from tactful_gateway.simulator.traffic.moments import read_moment
from tactful_gateway.simulator.traffic.rows import Rows, TrafficError, TrafficOptionError, open_rows
from tactful_gateway.simulator.traffic.visit import BadRow, Traffic, Visit
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params
from tactful_rules.tact import find_zone, zone_of

COLUMNS = ("at", "person", "touchpoint", "offers", "timezone", "event_id")
"""The columns with a meaning of their own; every other one is a param, or about the person, device or page."""
_UNDECLARED = Touchpoint(id="")


class RowError(Exception):
    """One row can't be played."""


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
    reader = _RowReader(ruleset, touchpoint, renames, (ruleset,) if beside is None else (ruleset, beside), zone)
    with open_rows(path) as rows:
        return reader.read(rows)


class _RowReader:
    def __init__(
        self,
        ruleset: Ruleset,
        touchpoint: str | None,
        renames: Mapping[str, str],
        played: Iterable[Ruleset],
        zone: tzinfo | None,
    ) -> None:
        self._ruleset = ruleset
        self._touchpoint = touchpoint
        self._renames = renames
        self._zone = zone or zone_of(ruleset.settings)
        self._touchpoints = [name for other in played for name in other.touchpoints]
        self._channels = {name: None for other in played for name in other.channels}
        self._known = {path for other in played for declared in other.touchpoints.values() for path in declared.params}
        self._unknown: dict[str, None] = {}
        self._readers: dict[str, Mapping[str, CellReader]] = {
            name: {path: cell_reader(schema) for path, schema in declared.params.items()}
            for name, declared in ruleset.touchpoints.items()
        }
        self._check_options()

    def read(self, rows: Rows) -> Traffic:
        if rows.columns is not None:
            self._check_columns(rows.columns)
        visits: list[Visit] = []
        bad: list[BadRow] = []
        for row in rows.rows:
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            line, cells = row
            try:
                visits.append(self._visit(cells, typed=rows.columns is None))
            except RowError as error:
                bad.append(BadRow(line, str(error)))
        late = sum(after.at < before.at for before, after in pairwise(visits))
        ordered = sorted(visits, key=lambda visit: visit.at) if late else visits
        return Traffic(tuple(ordered), tuple(bad), tuple(self._unknown), late)

    def _check_options(self) -> None:
        if self._touchpoint is not None and self._touchpoint not in self._touchpoints:
            hint = _near(self._touchpoint, self._touchpoints)
            raise TrafficOptionError(f'there is no touchpoint "{self._touchpoint}"{hint}')
        for target in self._renames.values():
            if not self._means_something(target):
                raise TrafficOptionError(f'no touchpoint declares the param "{target}"{_near(target, self._known)}')

    def _check_columns(self, columns: tuple[str, ...]) -> None:
        for column in self._renames:
            if column not in columns:
                raise TrafficOptionError(f'the traffic has no column "{column}"{_near(column, columns)}')
        names = [self._renames.get(column, column) for column in columns]
        for name in ("at", "person"):
            if name not in names:
                raise TrafficError(f"the traffic has no column `{name}`; rename one with --map COLUMN={name}")
        if "touchpoint" not in names and self._touchpoint is None:
            raise TrafficOptionError("say which touchpoint this is with --touchpoint; the traffic has no such column")
        self._unknown |= dict.fromkeys(name for name in names if not self._means_something(name))

    def _means_something(self, name: str) -> bool:
        return name in self._known or name in COLUMNS or is_about(name)

    def _visit(self, cells: Mapping[str, Any], *, typed: bool) -> Visit:
        named = {self._renames.get(column, column): cell for column, cell in cells.items() if cell not in ("", None)}
        at = read_moment(_text(named, "at"), self._zone)
        if at is None:
            raise RowError("`at` is neither a date nor an RFC 3339 time")
        touchpoint = _text(named, "touchpoint", self._touchpoint)
        timezone = named.get("timezone")
        if timezone is not None and find_zone(timezone) is None:
            raise RowError("`timezone` is no time zone; write e.g. Asia/Shanghai")
        traits, device, page = read_about(named, typed=typed)
        if isinstance(named.get("person"), dict):
            named["person"] = named["person"].get("id")
        values = {name: cell for name, cell in named.items() if name not in COLUMNS and not is_about(name)}
        params, rejected = self._params(touchpoint, values, typed=typed)
        return Visit(
            at=at,
            person=_text(named, "person"),
            touchpoint=touchpoint,
            params=params,
            rejected=rejected,
            traits=traits,
            device=device,
            page=page,
            reach=self._reach(named.get("offers")),
            timezone=timezone,
            event_id=_text(named, "event_id", ""),
        )

    def _params(
        self, touchpoint: str, values: dict[str, Any], *, typed: bool
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        declared = self._ruleset.touchpoints.get(touchpoint, _UNDECLARED)
        if typed:
            if values.keys() - self._known:
                self._unknown |= dict.fromkeys(_undeclared(values, self._known))
            return read_params(declared, values, meets_schema)
        readers = self._readers.get(touchpoint, {})
        read = {path: readers[path](cell) for path, cell in values.items() if path in readers}
        unreadable = tuple(path for path, value in read.items() if value is UNREADABLE)
        for path in unreadable:
            del read[path]
        params, rejected = read_params(declared, read, meets_schema)
        return params, (*unreadable, *rejected)

    def _reach(self, offers: object) -> dict[str, bool | str]:
        """Give what is offered: a sent channel's address is made up, for nothing is sent."""
        channels = self._ruleset.channels
        wanted = list(channels) if offers is None else offers.split() if isinstance(offers, str) else offers
        if not isinstance(wanted, list) or not all(isinstance(name, str) and name in self._channels for name in wanted):
            raise RowError(f"`offers` names a channel that is none of {', '.join(self._channels)}")
        return {name: True if channels[name].on_screen else "simulated" for name in wanted if name in channels}


def _text(named: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = named.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise RowError(f"`{name}` is no text")
    text = (value or "").strip()
    if not text and default != "":
        raise RowError(f"`{name}` is empty")
    return text


def _undeclared(values: Mapping[str, Any], known: set[str]) -> list[str]:
    """List the keys that lead to no declared param, neither as a whole path nor as the root of nested ones."""
    roots = {*ROOTS, *(path.split(".")[0] for path in known)}
    return [name for name in values if name not in known and not (name in roots and isinstance(values[name], dict))]


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""
