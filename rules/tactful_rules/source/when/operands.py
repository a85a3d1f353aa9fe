"""What may stand behind each operator; a value that could never match is refused with the value that could."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as AnySequence

from tactful_rules.conditions import read_version
from tactful_rules.model.attributes import AttributeType
from tactful_rules.model.condition import Operand, Operator, Scalar
from tactful_rules.source.reading import tree
from tactful_rules.source.reading.report import Report, did_you_mean, listing
from tactful_rules.source.reading.times import MOMENT_HINT, parse_date, parse_moment
from tactful_rules.source.reading.tree import Node, describe
from tactful_rules.source.when.meant import write_test, write_value
from tactful_rules.source.when.regexes import RegexCheck
from tactful_rules.source.when.scope import Attribute

_EVERY: frozenset[AttributeType] = frozenset({"string", "number", "boolean", "date", "list", "any"})
_SCALARS = _EVERY - {"list"}
_NUMBERS: frozenset[AttributeType] = frozenset({"number", "any"})
_STRINGS: frozenset[AttributeType] = frozenset({"string", "any"})
_MEMBERS: frozenset[AttributeType] = frozenset({"string", "list", "any"})
_MOMENTS: frozenset[AttributeType] = frozenset({"date", "string", "any"})

FITTING: dict[Operator, frozenset[AttributeType]] = {
    "is": _SCALARS,
    "is_not": _SCALARS,
    "in": _SCALARS,
    "not_in": _SCALARS,
    "at_least": _NUMBERS,
    "at_most": _NUMBERS,
    "more_than": _NUMBERS,
    "less_than": _NUMBERS,
    "between": _NUMBERS,
    "starts_with": _STRINGS,
    "ends_with": _STRINGS,
    "contains": _MEMBERS,
    "contains_any": _MEMBERS,
    "contains_all": _MEMBERS,
    "matches": _STRINGS,
    "exists": _EVERY,
    "before": _MOMENTS,
    "after": _MOMENTS,
    "version_at_least": _STRINGS,
    "version_below": _STRINGS,
}
"""The types of attribute that each operator can be true of."""

_TYPE_WORDS = {
    "string": "a text",
    "number": "a number",
    "boolean": "`true` or `false`",
    "date": "a date like `2026-11-22`",
}


class OperandReader:
    """Reads what stands behind one operator on one attribute; None where it was reported as wrong."""

    def __init__(self, report: Report, name: str, attribute: Attribute, op: Operator, check_regex: RegexCheck) -> None:
        self._report = report
        self._name = name
        self._attribute = attribute
        self._op = op
        self._check_regex = check_regex

    def read(self, node: Node) -> Operand | None:
        """Read the operand."""
        readers: dict[str, Callable[[Node], Operand | None]] = {
            "is": self._member,
            "is_not": self._member,
            "in": self._members,
            "not_in": self._members,
            "between": self._between,
            "starts_with": self._string,
            "ends_with": self._string,
            "contains": self._member,
            "contains_any": self._members,
            "contains_all": self._members,
            "matches": self._regex,
            "exists": self._flag,
            "before": self._moment,
            "after": self._moment,
            "version_at_least": self._version,
            "version_below": self._version,
        }
        return readers.get(self._op, self._number)(node)

    def _refuse(self, node: Node, wanted: str, hint: str = "") -> None:
        message = f"`{self._op}` on `{self._name}` takes {wanted}, not {describe(node)}"
        self._report.error(node.at, "bad_operand", message, hint)

    def _scalar(self, node: Node) -> Scalar | None:
        if isinstance(node, tree.Scalar) and node.value is not None:
            return node.value
        if isinstance(node, tree.Scalar):
            self._refuse(node, "a value", "write `exists: false` to match what is missing")
        elif isinstance(node, tree.Sequence) and self._op in ("is", "is_not"):
            self._refuse(node, "one value", f"write `{'in' if self._op == 'is' else 'not_in'}` for a list")
        else:
            self._refuse(node, "a value")
        return None

    def _number(self, node: Node) -> int | float | None:
        value = self._scalar(node)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and (parse_date(value) or parse_moment(value)):
            self._refuse(node, "a number", "write `before` or `after` for dates")
        elif value is not None:
            self._refuse(node, "a number", self._meant(value))
        return None

    def _meant(self, value: Scalar) -> str:
        """Say how a value is written that stands in a text, alone or with an operator."""
        if not isinstance(value, str):
            return ""
        return write_value(self._attribute, value) or write_test(self._name, self._attribute, value)

    def _string(self, node: Node) -> str | None:
        value = self._scalar(node)
        if isinstance(value, str) and value:
            return value
        if value is not None:
            self._refuse(node, "a text", "put it in quotes" if value != "" else "")
        return None

    def _flag(self, node: Node) -> bool | None:
        if isinstance(node, tree.Scalar) and isinstance(node.value, bool):
            return node.value
        self._refuse(node, "`true` or `false`")
        return None

    def _member(self, node: Node) -> Scalar | None:
        value = self._scalar(node)
        if value is None or not self._fits(node, value):
            return None
        words = self._attribute.words
        substring = self._op.startswith("contains") and self._attribute.type != "list"
        if words and not substring and not any(_same(value, word) for word in words):
            near = write_test(self._name, self._attribute, str(value))
            near = near or did_you_mean(str(value), [word for word in words if isinstance(word, str)])
            message = f"`{self._name}` is never {describe(node)}"
            self._report.error(node.at, "bad_operand", message, near or f"one of {listing(map(str, words))}")
            return None
        return value

    def _fits(self, node: Node, value: Scalar) -> bool:
        kind = self._attribute.type
        if kind == "list" or kind == "any":
            return True
        fits = {
            "string": isinstance(value, str),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "date": isinstance(value, str) and parse_date(value) is not None,
        }[kind]
        if not fits:
            quotes = kind == "string" and not isinstance(value, str)
            self._refuse(node, _TYPE_WORDS[kind], "put it in quotes" if quotes else self._meant(value))
        return fits

    def _members(self, node: Node) -> tuple[Scalar, ...] | None:
        items = self._several(node)
        values = [self._member(item) for item in items or ()]
        known = tuple(value for value in values if value is not None)
        return known if known and len(known) == len(values) else None

    def _several(self, node: Node) -> AnySequence[Node] | None:
        if isinstance(node, tree.Sequence) and node.items:
            return node.items
        hint = "write it as `[a, b]`" if not isinstance(node, tree.Sequence) else "an empty list matches nothing"
        self._refuse(node, "a list of values", hint)
        return None

    def _between(self, node: Node) -> tuple[Scalar, ...] | None:
        if not isinstance(node, tree.Sequence) or len(node.items) != 2:
            self._refuse(node, "two numbers", "write it as `[10, 20]`; both ends count")
            return None
        low, high = (self._number(item) for item in node.items)
        if low is None or high is None:
            return None
        if low > high:
            self._report.error(node.at, "bad_range", f"nothing is between {low} and {high}", f"write [{high}, {low}]")
            return None
        return (low, high)

    def _moment(self, node: Node) -> str | None:
        value = self._scalar(node)
        if isinstance(value, str) and (parse_date(value) or parse_moment(value)):
            return value
        if value is not None:
            self._refuse(node, "a date or a moment", MOMENT_HINT)
        return None

    def _version(self, node: Node) -> str | None:
        value = self._scalar(node)
        if isinstance(value, str) and read_version(value) is not None:
            return value
        if value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            self._refuse(node, "a version", "put it in quotes" if number else 'write it like "2.10.0"')
        return None

    def _regex(self, node: Node) -> str | None:
        pattern = self._string(node)
        wrong = self._check_regex(pattern) if pattern is not None else None
        if wrong is not None:
            self._report.error(node.at, "bad_regex", f"`matches` on `{self._name}`: {wrong}", "RE2 syntax is meant")
            return None
        return pattern


def _same(left: Scalar, right: Scalar) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)
