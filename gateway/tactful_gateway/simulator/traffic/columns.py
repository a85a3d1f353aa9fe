"""Reads the rows of CSV: what each column means is worked out once, from the header; from then on places count."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from tactful_gateway.simulator.traffic.about import ROOTS, is_about, read_trait
from tactful_gateway.simulator.traffic.cells import Remembering
from tactful_gateway.simulator.traffic.names import COLUMNS, Names, check_zone, is_param
from tactful_gateway.simulator.traffic.params import params_reader
from tactful_gateway.simulator.traffic.rows import RowError
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_gateway.survey.moments import NO_MOMENT, read_moment
from tactful_rules.model.event import Device, Page
from tactful_rules.model.touchpoint import Touchpoint

_SILENT: tuple[dict[str, Any], Device, Page] = ({}, Device(), Page())


class ColumnReader:
    """Reads the rows of one file; `unknown` are the columns that mean nothing.

    Raises:
        TrafficError: a column is lacking.
    """

    def __init__(self, columns: tuple[str, ...], names: Names) -> None:
        names.check_columns(columns)
        called = [names.renames.get(column, column) for column in columns]
        self.unknown = dict.fromkeys(name for name in called if not names.means_something(name))
        self._names = names
        self._width = len(columns)
        places: dict[str, int] = {}
        for place, name in enumerate(called):
            places.setdefault(name, place)
        self._twice = [(places[name], place) for place, name in enumerate(called) if places[name] != place]
        # A row gets one more cell, always empty: where columns stand that the file does not have.
        self._pick = itemgetter(*(places.get(name, self._width) for name in COLUMNS))
        self._about = _About({name: place for name, place in places.items() if is_about(name)})
        self._reach = Remembering(lambda text: names.reach(text or None))
        params = {name: place for name, place in places.items() if is_param(name)}
        self._params = {name: params_reader(declared, params) for name, declared in names.ruleset.touchpoints.items()}
        self._undeclared = params_reader(Touchpoint(id=""), params)

    def read(self, cells: list[str]) -> Visit:
        """Read one row.

        Raises:
            RowError: it can't be played.
        """
        lacking = self._width - len(cells)
        if lacking < 0:
            raise RowError(f"{len(cells)} cells for {self._width} columns")
        cells += [""] * (lacking + 1)
        for place, later in self._twice:
            cells[place] = cells[later] or cells[place]
        at, person, touchpoint, offers, timezone, event_id = self._pick(cells)
        moment = read_moment(_text("at", at), self._names.zone)
        if moment is None:
            raise RowError(f"`at` {NO_MOMENT}")
        touchpoint = _text("touchpoint", touchpoint or self._names.touchpoint or "")
        if timezone:
            check_zone(timezone)
        params, rejected = self._params.get(touchpoint, self._undeclared).read(cells)
        traits, device, page = self._about.read(cells)
        return Visit(
            at=moment,
            person=_text("person", person),
            touchpoint=touchpoint,
            params=params,
            rejected=rejected,
            traits=traits,
            device=device,
            page=page,
            reach=self._reach[offers],
            timezone=timezone or None,
            event_id=event_id.strip(),
        )

    def said(self, cells: list[str], touchpoint: str, param: str) -> Any:
        """Give what stands in a row, once it was read, for a param that it had rejected."""
        return self._params[touchpoint].said(cells, param)


class _About:
    """The columns about the person, the device and the page."""

    def __init__(self, places: dict[str, int]) -> None:
        self._places = places
        said: dict[str, dict[str, int]] = {root: {} for root in ROOTS}
        for path, place in places.items():
            root, _, name = path.partition(".")
            said[root][name] = place
        traits = [(name, place) for name, place in said["person"].items() if name != "id"]
        self._traits = [(name, place, Remembering(read_trait)) for name, place in traits]
        self._device, self._page = said["device"], said["page"]

    def read(self, cells: list[str]) -> tuple[dict[str, Any], Device, Page]:
        if not self._places:
            return _SILENT
        return (
            {name: values[cells[place]] for name, place, values in self._traits if cells[place]},
            Device(**_texts(self._device, cells)) if self._device else _SILENT[1],
            Page(**_texts(self._page, cells)) if self._page else _SILENT[2],
        )


def _texts(places: dict[str, int], cells: list[str]) -> dict[str, str]:
    return {name: cells[place] for name, place in places.items() if cells[place]}


def _text(name: str, cell: str) -> str:
    text = cell.strip()
    if not text:
        raise RowError(f"`{name}` is empty")
    return text
