"""Reads rows that name their own columns, as JSON Lines and Parquet have; values have types, and none is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.simulator.traffic.about import FIELDS, ROOTS, is_about
from tactful_gateway.simulator.traffic.cells import Remembering
from tactful_gateway.simulator.traffic.names import Names, check_zone, is_param
from tactful_gateway.simulator.traffic.rows import RowError
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_gateway.survey.moments import NO_MOMENT, read_moment
from tactful_rules.conditions import find
from tactful_rules.model.event import Device, Page
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits

_UNDECLARED = Touchpoint(id="")
_SILENT: tuple[dict[str, Any], Device, Page] = ({}, Device(), Page())

Part = Literal["own", "about", "params"]


class ObjectReader:
    """Reads the rows of one file; `unknown` are the keys met so far that mean nothing."""

    def __init__(self, names: Names) -> None:
        self.unknown: dict[str, None] = {}
        self._names = names
        self._roots = {*ROOTS, *(path.split(".")[0] for path in names.params)}
        self._keys = Remembering(self._meaning)
        self._everything = names.reach(None)

    def read(self, found: str | dict[str, Any]) -> Visit:
        """Read one row, which may still be JSON text.

        Raises:
            RowError: it can't be played.
        """
        row = self._parted(_object(found) if isinstance(found, str) else found)
        own = row["own"]
        at = read_moment(_text(own, "at"), self._names.zone)
        if at is None:
            raise RowError(f"`at` {NO_MOMENT}")
        touchpoint = _text(own, "touchpoint", self._names.touchpoint)
        timezone, offers, person = own.get("timezone"), own.get("offers"), own.get("person")
        if timezone is not None:
            check_zone(timezone)
        objects = {"person": person, "device": row["params"].get("device"), "page": row["params"].get("page")}
        traits, device, page = _read_about(objects, row["about"])
        if isinstance(person, dict):
            own["person"] = person.get("id")
        declared = self._names.ruleset.touchpoints.get(touchpoint, _UNDECLARED)
        params, rejected = read_params(declared, row["params"], schema_check)
        return Visit(
            at=at,
            person=_text(own, "person"),
            touchpoint=touchpoint,
            params=params,
            rejected=rejected,
            traits=traits,
            device=device,
            page=page,
            reach=self._everything if offers is None else self._names.reach(offers),
            timezone=timezone,
            event_id=_text(own, "event_id", ""),
        )

    def said(self, found: str | dict[str, Any], touchpoint: str, param: str) -> Any:
        """Give what stands in a row, once it was read, for a param that it had rejected at any touchpoint."""
        return find(self._parted(_object(found) if isinstance(found, str) else found)["params"], param)

    def _parted(self, row: dict[str, Any]) -> dict[Part, dict[str, Any]]:
        """Give what has a meaning of its own, what is about somebody or something, and the params; empty is absent."""
        parts: dict[Part, dict[str, Any]] = {"own": {}, "about": {}, "params": {}}
        for key, value in row.items():
            if value is None or value == "":
                continue
            part, name, known = self._keys[key]
            parts[part][name] = value
            # A key leads to a declared param as its whole path, or as the root of nested ones.
            if not known and not (isinstance(value, dict) and name in self._roots):
                self.unknown[name] = None
        return parts

    def _meaning(self, key: str) -> tuple[Part, str, bool]:
        name = self._names.renames.get(key, key)
        part: Part = "params" if is_param(name) else "about" if is_about(name) else "own"
        return part, name, self._names.means_something(name)


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


def _read_about(objects: dict[str, object], dotted: dict[str, Any]) -> tuple[dict[str, Any], Device, Page]:
    """Give traits, device and page, which may stand as objects or by dotted path; of the last two only texts count."""
    said = {root: dict(value) if isinstance(value, dict) else {} for root, value in objects.items()}
    for path, value in dotted.items():
        root, _, name = path.partition(".")
        said[root][name] = value
    if not any(said.values()):
        return _SILENT
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
