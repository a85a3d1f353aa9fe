"""Reads a map whose keys are known; an unknown key is reported once, here, with the nearest known one."""

from __future__ import annotations

from collections.abc import Collection

from tactful_rules.model.folder import Position
from tactful_rules.source.reading.report import Report, is_slip, look_up
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, describe, is_null, quote


class Fields:
    """The entries of one map. `what` names the thing in messages (`a rule`), `at` is where it is complained about."""

    def __init__(self, report: Report, what: str, at: Position, *, broken: bool = False) -> None:
        self.report = report
        self.what = what
        self.at = at
        self.broken = broken
        self._entries: dict[str, tuple[Scalar, Node | None]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def add(self, key: Scalar, value: Node) -> None:
        """Take an entry; one without a value is reported, since `when:` with nothing behind it would ask everyone."""
        if is_null(value):
            self.report.error(key.at, "empty_value", f"{quote(key)} has no value", "write one, or remove the key")
        self._entries[key.text] = (key, None if is_null(value) else value)

    def suppose(self, key: Scalar, value: Node, *, sure: bool) -> None:
        """Take a key for what was meant: it is not missing; only where that is sure its value is read, too."""
        # What stands behind it may be wrong as well; behind a mere guess it would be blamed for being something else.
        self._entries[key.text] = (key, value if sure and not is_null(value) else None)

    def get(self, key: str) -> Node | None:
        """Give the value under `key`, or None."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def require(self, key: str, hint: str = "") -> Node | None:
        """Give the value under `key`; report when there is none."""
        if key not in self._entries and not self.broken:
            self.report.error(self.at, "missing_key", f"{self.what} needs `{key}`", hint)
        return self.get(key)

    def where(self, key: str) -> Position:
        """Give the position of the key itself, or of the map when it is not there."""
        entry = self._entries.get(key)
        return entry[0].at if entry else self.at

    def entries(self) -> list[tuple[Scalar, Node]]:
        """Give the entries that have a value, in file order."""
        return [(key, value) for key, value in self._entries.values() if value is not None]


def read_fields(report: Report, node: Node, what: str, known: Collection[str], at: Position | None = None) -> Fields:
    """Read a map with these known keys; a node that is no map, unknown keys and empty values are reported.

    An empty `known` takes every key.
    """
    if not isinstance(node, Mapping):
        report.error(node.at, "wrong_type", f"{what} must be a map of keys, not {describe(node)}")
        return Fields(report, what, at or node.at, broken=True)
    fields = Fields(report, what, at or node.at)
    for key, value in node.entries:
        if key.text in fields:  # a second time, as was reported already
            continue
        if known and key.text not in known:
            near, hint = look_up(key.text, known)
            named = f"`{key.text}`" if near else quote(key)
            report.error(key.at, "unknown_key", f"{what} has no key {named}", hint)
            if near is not None and node.get(near) is None and near not in fields:
                fields.suppose(Scalar(key.at, near, near), value, sure=is_slip(key.text, near))
        else:
            fields.add(key, value)
    return fields
