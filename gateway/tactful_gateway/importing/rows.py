"""What a row says as feedback: columns with a meaning of their own, params, traits and scores by prefix, answers else.

A cell of CSV has no type: what is a JSON number, `true`, `false` or a list is that, unless its column is to be a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from tactful_gateway.http.middleware.body import MAX_BODY
from tactful_gateway.simulator.traffic.rows import RowError
from tactful_gateway.survey.moments import NO_MOMENT, read_moment
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.questionnaire import SCALES

OWN = ("source", "id", "touchpoint", "person", "at", "questionnaire", "event_id", "channel", "locale")
REQUIRED = OWN[:5]
PARTS = ("answers", "params", "scores")
NOTHING = "-"
"""What a column is mapped to that is to be left out."""
OURS = "_"
"""How the columns begin that a file of rejects has beside its own."""

SHOWN = 40
"""Characters of a value that are shown."""


class Columns(Struct, frozen=True):
    """What the command line says of a file: `constant` are the values of all rows that have none of their own."""

    constant: Mapping[str, str]
    renames: Mapping[str, str]
    texts: frozenset[str]
    zone: ZoneInfo

    def named(self) -> frozenset[str]:
        """Give the columns that the command line names."""
        return self.texts.union(self.renames) - {""}

    def missing(self, columns: tuple[str, ...]) -> list[str]:
        """Give what neither a column nor the command line says."""
        names = {self.renames.get(column, column) for column in columns} | self.constant.keys()
        return [name for name in REQUIRED if name not in names and not (name == "person" and "person.id" in names)]

    def tells(self, name: str, columns: tuple[str, ...]) -> bool:
        """Tell whether a column or the command line says what `name` is, of some rows at least."""
        return name in self.constant or any(self.renames.get(column, column) == name for column in columns)

    def questionnaire(self, row: Mapping[str, Any]) -> str:
        """Give the questionnaire that a row names."""
        column = self.find("questionnaire", row)
        return str(row.get(column or "") or self.constant.get("questionnaire", "")).strip()

    def is_answer(self, column: str) -> bool:
        """Tell whether what stands in a column is an answer."""
        name = self.renames.get(column, column)
        meant = name in OWN or name == NOTHING or column.startswith(OURS)
        return not meant and name.partition(".")[0] not in ("params", "person", "scores")

    def find(self, path: str, row: Mapping[str, Any]) -> str | None:
        """Give the column of a row that a part of what is sent stood in: `answers.why` in `why` or `answers.why`."""
        names = (path, path.removeprefix("answers."))
        return next((column for column in row if self.renames.get(column, column) in names), None)

    def is_guessed(self, column: str, cell: str) -> bool:
        """Tell whether a cell without a type was taken for a number, or for true or false."""
        return column not in self.texts and not isinstance(guess(cell), str | list)

    def read(self, row: Mapping[str, Any], *, typed: bool) -> dict[str, Any]:
        """Read a row; the cells of one that is not `typed` are texts.

        Raises:
            RowError: it can't be feedback, and the message says why.
        """
        item: dict[str, Any] = {**self.constant}
        person: dict[str, Any] = {}
        for column, value in row.items():
            name = self.renames.get(column, column)
            if value is None or value == "" or name == NOTHING or column.startswith(OURS):
                continue
            root, _, rest = name.partition(".")
            if name in OWN and not (name == "person" and isinstance(value, dict)):
                item[name] = _text(name, value)
                continue
            said = value if typed or column in self.texts else guess(value)
            if root == "scores":
                _check_score(column, rest, said, value)
            if name == "person":
                person |= said
            elif name in PARTS and isinstance(said, dict):
                item[name] = item.get(name, {}) | said
            elif root in (*PARTS, "person") and rest:
                (person if root == "person" else item.setdefault(root, {}))[rest] = said
            else:
                item.setdefault("answers", {})[name] = said
        return self._complete(item, person)

    def _complete(self, item: dict[str, Any], person: dict[str, Any]) -> dict[str, Any]:
        if person:
            known = item.get("person", person.get("id"))
            item["person"] = person | {"id": _text("person", known)} if known is not None else None
        lacking = [name for name in REQUIRED if not item.get(name)]
        if lacking:
            raise RowError(f"nothing stands under {', '.join(f'`{name}`' for name in lacking)}")
        at = read_moment(item["at"], self.zone)
        if at is None:
            raise RowError(f"`at` {NO_MOMENT}")
        item["at"] = rfc3339(at)
        size = len(encode(item))
        if size > MAX_BODY:
            raise RowError(f"it has {size} bytes as JSON, and a gateway takes {MAX_BODY}")
        return item


def encode(item: Any) -> bytes:
    """Write what is sent.

    Raises:
        RowError: it has a number or a text that JSON has no form for.
    """
    try:
        return msgspec.json.encode(item)
    except (ValueError, TypeError, OverflowError) as error:
        raise RowError(f"it can't be written as JSON: {error}") from error


def _check_score(column: str, kind: str, said: Any, cell: Any) -> None:
    if kind not in SCALES:
        return
    low, high = SCALES[kind]
    if isinstance(said, bool) or not isinstance(said, int | float) or not low <= said <= high:
        shown = str(cell)[:SHOWN]
        raise RowError(f"`{column}` is `{shown}`, and a score of {kind} is a number from {low} to {high}, such as 4.5")


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError(f"`{name}` is no text")
    return str(value).strip()


def guess(cell: str) -> Any:
    """Give the value that a cell without a type is taken for."""
    try:
        value = msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        return cell
    return value if isinstance(value, bool | int | float | list) else cell
