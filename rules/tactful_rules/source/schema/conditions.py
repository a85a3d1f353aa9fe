"""Conditions as JSON Schema: which operators there are, what stands behind each, which attributes are known."""

from __future__ import annotations

from tactful_rules.model import attributes
from tactful_rules.model.condition import OPERATORS, Operator
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.schema.words import FLAG, STRING, Schema, ref

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
    """Describe a test: a value, a list of values, or a map of operators."""
    known = {op: {**_DESCRIBED[op][0], "description": _DESCRIBED[op][1]} for op in OPERATORS}
    by_operator: Schema = {"type": "object", "properties": known, "additionalProperties": False, "minProperties": 1}
    return {"anyOf": [_SCALAR, _LIST, by_operator]}


def condition(name: str, known: list[str]) -> Schema:
    """Describe a condition; `name` is its own definition, `known` the attributes to complete."""
    parts: Schema = {"type": "array", "items": ref(name), "minItems": 1}
    groups = {"all": parts, "any": parts, "not": ref(name)}
    return {
        "type": "object",
        "properties": {**groups, **dict.fromkeys(known, ref("test"))},
        "additionalProperties": ref("test"),
        "description": "A map from attribute to test; all must hold",
    }


def rule_attributes(folder: SurveyFolder | None) -> list[str]:
    """Give the attributes of rules: the folder's params, and what every event has."""
    touchpoints = folder.ruleset.touchpoints.values() if folder else ()
    return [*dict.fromkeys(path for touchpoint in touchpoints for path in touchpoint.params), *attributes.BUILT_IN]


def answer_attributes(folder: SurveyFolder | None) -> list[str]:
    """Give the attributes of an `if`: params of touchpoints; question ids are each questionnaire's own."""
    touchpoints = folder.ruleset.touchpoints.values() if folder else ()
    return list(dict.fromkeys(f"params.{path}" for touchpoint in touchpoints for path in touchpoint.params))


def journal_attributes() -> list[str]:
    """Give the attributes of a sink's `where`."""
    return list(attributes.JOURNAL)
