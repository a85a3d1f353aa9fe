"""Reads the rows of JSON Lines, each of which names its own columns; values have types already, and none is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tactful_gateway.http.reading.params import meets_schema
from tactful_gateway.simulator.traffic.about import FIELDS, ROOTS, is_about
from tactful_gateway.simulator.traffic.moments import read_moment
from tactful_gateway.simulator.traffic.names import Names, check_zone, is_param
from tactful_gateway.simulator.traffic.rows import RowError
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_rules.model.event import Device, Page
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits

_UNDECLARED = Touchpoint(id="")


class ObjectReader:
    """Reads the rows of one file; `unknown` are the keys met so far that mean nothing."""

    def __init__(self, names: Names) -> None:
        self.unknown: dict[str, None] = {}
        self._names = names
        self._roots = {*ROOTS, *(path.split(".")[0] for path in names.params)}

    def read(self, text: str) -> Visit:
        """Read one row.

        Raises:
            RowError: it can't be played.
        """
        renames = self._names.renames
        row = {renames.get(key, key): value for key, value in _object(text).items() if value not in ("", None)}
        at = read_moment(_text(row, "at"), self._names.zone)
        if at is None:
            raise RowError("`at` is neither a date nor an RFC 3339 time")
        touchpoint = _text(row, "touchpoint", self._names.touchpoint)
        timezone = row.get("timezone")
        if timezone is not None:
            check_zone(timezone)
        traits, device, page = _read_about(row)
        if isinstance(row.get("person"), dict):
            row["person"] = row["person"].get("id")
        params, rejected = self._params(touchpoint, {key: value for key, value in row.items() if is_param(key)})
        return Visit(
            at=at,
            person=_text(row, "person"),
            touchpoint=touchpoint,
            params=params,
            rejected=rejected,
            traits=traits,
            device=device,
            page=page,
            reach=self._names.reach(row.get("offers")),
            timezone=timezone,
            event_id=_text(row, "event_id", ""),
        )

    def _params(self, touchpoint: str, values: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        known = self._names.params
        # A key leads to a declared param as its whole path, or as the root of nested ones.
        if values.keys() - known:
            strange = (key for key in values if key not in known)
            self.unknown |= dict.fromkeys(
                key for key in strange if not (key in self._roots and isinstance(values[key], dict))
            )
        return read_params(self._names.ruleset.touchpoints.get(touchpoint, _UNDECLARED), values, meets_schema)


def _object(text: str) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise RowError("this is not JSON") from error
    except RecursionError as error:
        raise RowError("this nests too deeply") from error
    if not isinstance(row, dict):
        raise RowError("this is not a JSON object")
    return row


def _read_about(row: Mapping[str, Any]) -> tuple[dict[str, Any], Device, Page]:
    """Give traits, device and page, which may stand as objects or by dotted path; of the last two only texts count."""
    said: dict[str, dict[str, Any]] = {
        root: dict(row[root]) if isinstance(row.get(root), dict) else {} for root in ROOTS
    }
    for name, value in row.items():
        if is_about(name):
            root, _, rest = name.partition(".")
            said[root][rest] = value
    texts = {
        root: {name: said[root][name] for name in names if isinstance(said[root].get(name), str)}
        for root, names in FIELDS.items()
    }
    return read_traits(said["person"]), Device(**texts["device"]), Page(**texts["page"])


def _text(row: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise RowError(f"`{name}` is no text")
    text = (value or "").strip()
    if not text and default != "":
        raise RowError(f"`{name}` is empty")
    return text
