"""Conditions as JSON Schema: which operators there are, what stands behind each, which attributes are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tactful_rules.model import attributes
from tactful_rules.model.condition import OPERATORS, Operator, Scalar
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.schema.words import FLAG, STRING, Schema, ref
from tactful_rules.source.sections.policy import WEEKDAYS

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_LIST: Schema = {"type": "array", "items": _SCALAR, "minItems": 1}
_NUMBER: Schema = {"type": "number"}
_DESCRIBED: dict[Operator, tuple[Schema, str]] = {
    "is": (_SCALAR, "equals; `attribute: value` for short"),
    "is_not": (_SCALAR, "is there, and is something else"),
    "in": (_LIST, "is one of; `attribute: [a, b]` for short"),
    "not_in": (_LIST, "is there, and is none of"),
    "at_least": (_NUMBER, "this number or more"),
    "at_most": (_NUMBER, "this number or less"),
    "more_than": (_NUMBER, "more than this number"),
    "less_than": (_NUMBER, "less than this number"),
    "between": ({"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}, "[low, high]; both ends count"),
    "starts_with": (STRING, "the text begins so"),
    "ends_with": (STRING, "the text ends so"),
    "contains": (_SCALAR, "the text holds this, or the list has it"),
    "contains_any": (_LIST, "holds at least one of these"),
    "contains_all": (_LIST, "holds all of these"),
    "matches": (STRING, "a regular expression (RE2) occurs in the text"),
    "exists": (FLAG, "whether there is a value at all; the only test that a missing one can pass"),
    "before": (STRING, "earlier than this date or moment"),
    "after": (STRING, "later than this date or moment"),
    "version_at_least": (STRING, "this semantic version or a newer one"),
    "version_below": (STRING, "an older semantic version"),
}


def operators() -> Schema:
    """Describe a map of operators, all of which must hold."""
    known = {op: {**_DESCRIBED[op][0], "description": _DESCRIBED[op][1]} for op in OPERATORS}
    return {"type": "object", "properties": known, "additionalProperties": False, "minProperties": 1}


def one_test(values: Iterable[Scalar]) -> Schema:
    """Describe a test: a value, a list of values, or a map of operators; `values` are offered, others may be written.

    A map is judged under `then`: were it one of the `anyOf`, an editor would say of a misspelt operator that a text was
    expected. And a value stands in the `anyOf`, because under `else` an editor offers none.
    """
    known = list(values)
    offered: list[Schema] = [{"enum": known}] if known else []
    # Without booleans, or an editor offers them beside.
    other: Schema = {"type": ["string", "number"]} if known else _SCALAR
    several: Schema = {**_LIST, "items": {"anyOf": [*offered, other]}}
    return {
        "anyOf": [*offered, other, several, {"type": "object"}],
        "if": {"type": "object"},
        "then": ref("operators"),
    }


def condition(name: str, known: Mapping[str, Schema]) -> Schema:
    """Describe a condition; `name` is its own definition, `known` the attributes to complete."""
    parts: Schema = {"type": "array", "items": ref(name), "minItems": 1}
    groups = {"all": parts, "any": parts, "not": ref(name)}
    return {
        "type": "object",
        "properties": {**groups, **known},
        "additionalProperties": ref("test"),
        "description": "A map from attribute to test; all must hold",
    }


def rule_attributes(folder: SurveyFolder | None) -> dict[str, Schema]:
    """Describe the attributes of rules: the folder's params, and what every event has."""
    return {**_params(folder, ""), **{name: _VALUES.get(name, ref("test")) for name in attributes.BUILT_IN}}


def answer_attributes(folder: SurveyFolder | None) -> dict[str, Schema]:
    """Describe the attributes of an `if`: params of touchpoints; question ids are each questionnaire's own."""
    return _params(folder, "params.")


def journal_attributes() -> dict[str, Schema]:
    """Describe the attributes of a sink's `where`."""
    return dict.fromkeys(attributes.JOURNAL, ref("test"))


def _params(folder: SurveyFolder | None, prefix: str) -> dict[str, Schema]:
    """Describe params with the values that their schemas list; a path at several touchpoints has those of all."""
    values: dict[str, dict[Scalar, None]] = {}
    for touchpoint in folder.ruleset.touchpoints.values() if folder else ():
        for path, schema in touchpoint.params.items():
            listed = (value for value in schema.get("enum", ()) if isinstance(value, str | int | float))
            values.setdefault(path, {}).update(dict.fromkeys(listed))
    return {prefix + path: one_test(listed) if listed else ref("test") for path, listed in values.items()}


_VALUES: dict[str, Schema] = {
    "device.type": one_test(("phone", "tablet", "desktop", "bot")),
    "now.weekday": one_test(WEEKDAYS),
}
