"""Reads what has a `kind` whose options the program around judges: the sinks and the channels."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from tactful_rules.mistakes.spelling import nearest
from tactful_rules.model.folder import Position
from tactful_rules.model.ruleset import ON_SCREEN_KINDS
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.scalars import read_string
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, describe
from tactful_rules.source.sections.context import Context


class Kinded(NamedTuple):
    """What was read: the kind, unless there is none, and where the kind's own problems are told."""

    fields: Fields
    kind: str | None
    at: Position


def read_kinded(context: Context, what: str, key: Scalar, node: Node) -> Kinded:
    """Read the keys of `what` (`a sink`), whichever they are, and its kind."""
    if not isinstance(node, Mapping):
        # Of what stands for options nothing is repeated but the kinds of the language itself.
        named = node.text if isinstance(node, Scalar) and node.text in ON_SCREEN_KINDS else "…"
        message = f"{what} must be a map of keys, not {describe(node)}"
        context.report.error(node.at, "wrong_type", message, f"write it as `{{kind: {named}}}`")
        return Kinded(Fields(context.report, what, key.at, broken=True), None, key.at)
    fields = read_fields(context.report, _with_kind(context.report, what, node), what, (), key.at)
    kind = read_string(context.report, fields.require("kind"), f"the kind of {what}")
    place = fields.get("kind")
    return Kinded(fields, kind, fields.at if place is None else place.at)


def without(fields: Fields, node: Node, keys: Collection[str]) -> Mapping:
    """Give the entries that are none of `keys`."""
    return Mapping(node.at, tuple(entry for entry in fields.entries() if entry[0].text not in keys))


def _with_kind(report: Report, what: str, node: Node) -> Node:
    """Take a misspelt `kind` for what was meant: without one nobody could judge the other keys."""
    if not isinstance(node, Mapping) or node.get("kind") is not None:
        return node
    meant = next((key for key, _ in node.entries if nearest(key.text, ("kind",))), None)
    if meant is None:
        return node
    report.error(meant.at, "unknown_key", f"{what} has no key `{meant.text}`", "did you mean `kind`?")
    kind = Scalar(meant.at, "kind", "kind", meant.private)
    return Mapping(node.at, tuple((kind if key is meant else key, value) for key, value in node.entries))
