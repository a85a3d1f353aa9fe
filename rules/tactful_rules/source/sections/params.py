"""Reads the declared params of a touchpoint: dotted paths with a JSON Schema fragment or a type name each."""

from __future__ import annotations

import re
from typing import Any

from jsonschema import Draft202012Validator

from tactful_rules.model.attributes import RESERVED_ROOTS
from tactful_rules.source.reading.report import did_you_mean, listing
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, describe, locate, to_plain_dict, words_of
from tactful_rules.source.sections.context import Context, Params
from tactful_rules.source.when.read import GROUPS

TYPE_NAMES = ("string", "number", "integer", "boolean", "array", "object")
ALL_TYPES = (*TYPE_NAMES, "null")
KEYWORDS = (
    "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "pattern", "format", "items", "prefixItems", "contains", "minContains", "maxContains", "minItems",
    "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "propertyNames",
    "minProperties", "maxProperties", "dependentRequired", "anyOf", "oneOf", "allOf", "not", "if", "then", "else",
    "title", "description", "default", "examples", "deprecated", "$comment",
)  # fmt: skip
"""The JSON Schema 2020-12 keywords that a param may use; references are left out, since nothing could resolve them,
and `patternProperties`, which would run its patterns with Python's backtracking."""
_WITH_SCHEMA = frozenset({"items", "contains", "not", "if", "then", "else", "additionalProperties", "propertyNames"})
_WITH_SCHEMAS = frozenset({"prefixItems", "anyOf", "oneOf", "allOf"})
_WITH_NAMED_SCHEMAS = frozenset({"properties"})
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_PATH_MAX_LENGTH = 128
MAX_SCHEMAS = 500
"""Schemas inside the schema of one param: each is looked at for each value that comes."""
_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)


def read_params(context: Context, node: Node) -> Params:
    """Read declared params; those with problems are there as well, as anything."""
    report = context.report
    params: Params = {}
    if not isinstance(node, Mapping):
        report.error(node.at, "wrong_type", f"`params` must be a map from path to type, not {describe(node)}")
        report.leave_out(words_of(node))
        return params
    for key, value in node.entries:
        _check_path(context, key)
        # A param with problems still counts as declared, so that rules over it are not called wrong as well.
        params[key.text] = _read_schema(context, key, value) or {}
    return params


def _check_path(context: Context, key: Scalar) -> None:
    path = key.text
    root = path.split(".")[0]
    if not _PATH.fullmatch(path) or len(path) > _PATH_MAX_LENGTH:
        hint = "a path is names of letters, digits, `_` and `-`, joined by dots, like `order.amount`"
        context.report.error(key.at, "bad_param", f"`{path[:70]}` can't name a param", hint)
    elif root in RESERVED_ROOTS:
        message = f"`{root}.` belongs to Tactful's own attributes"
        context.report.error(key.at, "bad_param", message, "use another first word, like `order.`")
    elif path in GROUPS:
        context.report.error(key.at, "bad_param", f"`{path}` joins conditions and can't name a param")


def _read_schema(context: Context, key: Scalar, node: Node) -> dict[str, Any] | None:
    report = context.report
    if isinstance(node, Scalar):
        if node.value in TYPE_NAMES:
            return {"type": node.value}
        hint = did_you_mean(node.text, TYPE_NAMES) or f"one of {listing(TYPE_NAMES)}, or a JSON Schema"
        report.error(node.at, "bad_schema", f"`{key.text}` can't be of type {describe(node)}", hint)
        return None
    if isinstance(node, Sequence):
        hint = "write `{enum: [...]}` for a choice of values"
        report.error(node.at, "bad_schema", f"`{key.text}` needs a type name or a JSON Schema, not a list", hint)
        return None
    if _count(node) > MAX_SCHEMAS:
        message = f"the schema of `{key.text}` is made of more than {MAX_SCHEMAS} schemas"
        report.error(key.at, "bad_schema", message, "declare less of it, or several params")
        return None
    schema = to_plain_dict(node)
    if _check_keywords(context, node) and _check_meta(context, key, node, schema):
        _check_patterns(context, node)
        return dict(schema)
    return None


def _check_keywords(context: Context, node: Node) -> bool:
    """Check the keywords of a schema and of all below it; one that can't be resolved would fail at every event."""
    if not isinstance(node, Mapping):
        return True
    fine = True
    for key, value in node.entries:
        if key.text not in KEYWORDS and not key.text.startswith("x-"):
            fine = False
            message, hint = f"the schema of a param has no keyword `{key.text}`", did_you_mean(key.text, KEYWORDS)
            if key.text.startswith("$"):
                message, hint = f"`{key.text}` can't be resolved here", "write the schema out"
            context.report.error(key.at, "bad_schema", message, hint)
        for below in _schemas_below(key.text, value):
            fine = _check_keywords(context, below) and fine
    return fine


def _count(node: Node) -> int:
    if not isinstance(node, Mapping):
        return 1
    return 1 + sum(_count(below) for key, value in node.entries for below in _schemas_below(key.text, value))


def _schemas_below(keyword: str, value: Node) -> tuple[Node, ...]:
    if keyword in _WITH_SCHEMA:
        return (value,)
    if keyword in _WITH_SCHEMAS and isinstance(value, Sequence):
        return value.items
    if keyword in _WITH_NAMED_SCHEMAS and isinstance(value, Mapping):
        return tuple(schema for _, schema in value.entries)
    return ()


def _check_meta(context: Context, key: Scalar, node: Mapping, schema: dict[str, Any]) -> bool:
    problems = list(_META.iter_errors(schema))
    for problem in problems:
        place = list(problem.absolute_path)
        at = locate(node, place) or key.at
        if problem.validator == "anyOf" and place[-1:] == ["type"]:
            message = f"`{key.text}` can't be of type {_written(problem.instance)}"
            hint = did_you_mean(str(problem.instance), ALL_TYPES) or f"one of {listing(ALL_TYPES)}"
            context.report.error(at, "bad_schema", message, hint)
        else:
            context.report.error(at, "bad_schema", f"`{key.text}`: {problem.message[:160]}")
    return not problems


def _written(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else f"{value}"[:40]


def _check_patterns(context: Context, node: Node) -> None:
    if not isinstance(node, Mapping):
        return
    for key, value in node.entries:
        if key.text == "pattern" and isinstance(value, Scalar):
            wrong = context.check_regex(value.text)
            if wrong is not None:
                context.report.error(value.at, "bad_regex", f"`pattern`: {wrong}", "RE2 syntax is meant")
        for below in _schemas_below(key.text, value):
            _check_patterns(context, below)
