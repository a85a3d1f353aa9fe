"""Params as JSON Schema: a type's name, or a JSON Schema of the keywords that a param may use.

Written out rather than referred to: an editor would fetch the reference, and without a network know nothing at all.
"""

from __future__ import annotations

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.schema.words import FLAG, STRING, Schema, ref, words
from tactful_rules.source.sections.params import ALL_TYPES, KEYWORDS, TYPE_NAMES

_ANYTHING: Schema = {}
_NUMBER: Schema = {"type": "number"}
_SIZE: Schema = {"type": "integer", "minimum": 0}
_SCHEMA: Schema = ref("param_schema")
_SCHEMAS: Schema = {"type": "array", "items": _SCHEMA, "minItems": 1}
_NAMES: Schema = {"type": "array", "items": STRING}
_TYPE: Schema = {"anyOf": [words(ALL_TYPES), {"type": "array", "items": words(ALL_TYPES), "minItems": 1}]}
_DESCRIBED: dict[str, tuple[Schema, str]] = {
    "type": (_TYPE, "what JSON type a value has"),
    "enum": ({"type": "array", "minItems": 1}, "the values that there are"),
    "const": (_ANYTHING, "the one value"),
    "minimum": (_NUMBER, "this number or more"),
    "maximum": (_NUMBER, "this number or less"),
    "exclusiveMinimum": (_NUMBER, "more than this number"),
    "exclusiveMaximum": (_NUMBER, "less than this number"),
    "multipleOf": ({"type": "number", "exclusiveMinimum": 0}, "a multiple of this number"),
    "minLength": (_SIZE, "so many characters or more"),
    "maxLength": (_SIZE, "so many characters or fewer"),
    "pattern": (STRING, "a regular expression that occurs in the text"),
    "format": (STRING, "what the text is, like date-time"),
    "items": (_SCHEMA, "what each item is"),
    "prefixItems": (_SCHEMAS, "what the first items are"),
    "contains": (_SCHEMA, "what some item is"),
    "minContains": (_SIZE, "how many items at least are what `contains` says"),
    "maxContains": (_SIZE, "how many items at most are what `contains` says"),
    "minItems": (_SIZE, "so many items or more"),
    "maxItems": (_SIZE, "so many items or fewer"),
    "uniqueItems": (FLAG, "whether no item is there twice"),
    "properties": ({"type": "object", "additionalProperties": _SCHEMA}, "what the values under these names are"),
    "required": (_NAMES, "the names that must be there"),
    "additionalProperties": (_SCHEMA, "what the values under other names are"),
    "propertyNames": (_SCHEMA, "what every name is"),
    "minProperties": (_SIZE, "so many names or more"),
    "maxProperties": (_SIZE, "so many names or fewer"),
    "dependentRequired": ({"type": "object", "additionalProperties": _NAMES}, "names that must be there with another"),
    "anyOf": (_SCHEMAS, "at least one of these holds"),
    "oneOf": (_SCHEMAS, "exactly one of these holds"),
    "allOf": (_SCHEMAS, "all of these hold"),
    "not": (_SCHEMA, "this does not hold"),
    "if": (_SCHEMA, "where this holds, `then` must, else `else`"),
    "then": (_SCHEMA, "must hold where `if` does"),
    "else": (_SCHEMA, "must hold where `if` does not"),
    "title": (STRING, "what it is called"),
    "description": (STRING, "what it is"),
    "default": (_ANYTHING, "for readers only: nothing is filled in"),
    "examples": ({"type": "array"}, "values it may have"),
    "deprecated": (FLAG, "whether it is not to be sent any more"),
    "$comment": (STRING, "for readers"),
}


def param() -> Schema:
    """Describe what stands behind a param's path."""
    # A map is judged under `then`: of a misspelt keyword an editor would else say that a type's name was expected.
    return {"anyOf": [words(TYPE_NAMES), {"type": "object"}], "if": {"type": "object"}, "then": _SCHEMA}


def param_schema() -> Schema:
    """Describe a JSON Schema of the keywords that a param may use; `true` and `false` are schemas, too."""
    known = {keyword: {**_DESCRIBED[keyword][0], "description": _DESCRIBED[keyword][1]} for keyword in KEYWORDS}
    return {"type": ["object", "boolean"], "properties": known, "additionalProperties": False}


def params_of(folder: SurveyFolder | None) -> Schema:
    """Describe values of params, nested as in a call; what no touchpoint declares may stand there, too."""
    described: Schema = {"type": "object"}
    for touchpoint in folder.ruleset.touchpoints.values() if folder else ():
        for path, declared in touchpoint.params.items():
            *parents, last = path.split(".")
            place = described
            for name in parents:
                place = place.setdefault("properties", {}).setdefault(name, {"type": "object"})
            value: Schema = {"anyOf": [{"enum": declared["enum"]}, {}]} if declared.get("enum") else {}
            place.setdefault("properties", {}).setdefault(last, value)
    return described
