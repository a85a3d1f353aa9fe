"""Reads the params of one touchpoint from the cells of a row; what breaks its schema is rejected, as at the gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.simulator.traffic.cells import UNREADABLE, Remembering, cell_reader
from tactful_rules.conditions import find
from tactful_rules.model.touchpoint import Touchpoint


class ParamsReader(NamedTuple):
    """How the params of a touchpoint are read from cells.

    `read` gives those that meet their schema by path, and the paths of those rejected; `said` what stands where a
    rejected one was read.
    """

    read: Callable[[list[str]], tuple[dict[str, Any], tuple[str, ...]]]
    said: Callable[[list[str], str], Any]


def params_reader(declared: Touchpoint, places: Mapping[str, int]) -> ParamsReader:
    """Give what reads the params; `places` are those of the columns."""
    columns = _columns(declared, places)

    def read(cells: list[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        params: dict[str, Any] = {}
        rejected: tuple[str, ...] = ()
        for path, _, place, values in columns:
            cell = cells[place]
            if cell and path not in params:
                value = values[cell]
                if value is UNREADABLE:
                    rejected += (path,)
                elif value is not None:
                    params[path] = value
        return (params, rejected) if not rejected else _without(params, rejected)

    def said(cells: list[str], param: str) -> Any:
        return next(
            _said(cells[place], declared.params[column], column, path)
            for path, column, place, values in columns
            if path == param and cells[place] and values[cells[place]] is UNREADABLE
        )

    return ParamsReader(read, said)


def _columns(declared: Touchpoint, places: Mapping[str, int]) -> tuple[tuple[str, str, int, Remembering[object]], ...]:
    """List where each param may stand: first in the column of its own, then within that of an object around it."""
    columns = []
    for path, schema in declared.params.items():
        root = path.split(".")[0]
        for column in dict.fromkeys((path, root)):
            if column in places and column in declared.params:
                read = _reader(path, column, declared.params[column], schema)
                columns.append((path, column, places[column], Remembering(read)))
    return tuple(columns)


def _reader(path: str, column: str, whole: dict[str, Any], schema: dict[str, Any]) -> Callable[[str], object]:
    read_cell, meets = cell_reader(whole), schema_check(schema)

    def read(text: str) -> object:
        value = read_cell(text)
        if value is UNREADABLE:
            return UNREADABLE if path == column else None
        value = find({column: value}, path)
        return value if value is None or meets(value) else UNREADABLE

    return read


def _said(cell: str, whole: dict[str, Any], column: str, path: str) -> Any:
    return cell if path == column else find({column: cell_reader(whole)(cell)}, path)


def _without(params: dict[str, Any], rejected: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    return {path: value for path, value in params.items() if path not in rejected}, tuple(dict.fromkeys(rejected))
