"""Reads a test that somebody wrote as one text (`>= 10`, `10-20`, `a | b`), to say how it is written here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tactful_rules.model.condition import OPERATORS, Operator
from tactful_rules.source.when.scope import Attribute, Scope

OTHER_WORDS: dict[str, Operator] = {
    "eq": "is", "==": "is", "=": "is", "equals": "is", "ne": "is_not", "!=": "is_not", "not": "is_not", "<>": "is_not",
    "≠": "is_not", "!": "is_not", "one_of": "in", "none_of": "not_in", "gte": "at_least", ">=": "at_least",
    "=>": "at_least", "≥": "at_least", "min": "at_least", "lte": "at_most", "<=": "at_most", "=<": "at_most",
    "≤": "at_most", "max": "at_most", "gt": "more_than", ">": "more_than", "lt": "less_than", "<": "less_than",
    "regex": "matches", "prefix": "starts_with", "suffix": "ends_with",
}  # fmt: skip
"""What other rule languages call our operators."""

_KNOWN: dict[str, Operator] = {**OTHER_WORDS, **{operator: operator for operator in OPERATORS}}
_NUMBER = r"-?\d+(?:\.\d+|,(?:\d\d?|\d{4,}))?"
"""With a comma before three digits nobody can tell what it means."""
_ONE = re.compile(r"([<>=!≥≤≠]{1,2}|[a-z_]+(?=[ :]))\s*:?\s*(\S.*)", re.ASCII)
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\.{{2,3}}|-|–|—|to)\s*({_NUMBER})", re.ASCII)
_WHOLE = re.compile(r"([\w.-]+)\s*((?:[<>=!≥≤≠]|[a-z_]+\s).*)")
_AND, _OR = re.compile(r"\s*(?:&&|\band\b)\s*"), re.compile(r"\s*(?:\|\|?|\bor\b|,|;)\s*")
_PLAIN = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_UNIT = r"[^\d\s.,+<>=!≥≤≠-]{1,4}"
_ALONE = re.compile(rf"(?:{_UNIT}\s?)?({_NUMBER})(?:\s?{_UNIT})?", re.ASCII)
_EITHER = re.compile(r"-?[1-9]\d{0,2},\d{3}", re.ASCII)
_YES, _NO = frozenset({"yes", "on", "y", "1"}), frozenset({"no", "off", "n", "0"})
_LONGEST = 200
_DATES: dict[Operator, Operator] = {"more_than": "after", "less_than": "before", "is": "is", "is_not": "is_not"}


def write_test(name: str, attribute: Attribute, text: str) -> str:
    """Give "write `name: {at_least: 10}`" for a text that spells a test of this attribute, else ""."""
    test = _read_test(attribute, text.strip()) if len(text) <= _LONGEST else ""
    return f"write `{name}: {test}`" if test else ""


def write_value(attribute: Attribute, text: str) -> str:
    """Give "write `10.5`" for a text that spells a number or a boolean that this attribute can have, else ""."""
    found = _ALONE.fullmatch(text.strip()) if attribute.type == "number" and len(text) <= _LONGEST else None
    if found and found[1] == text and "," not in text:
        return "write it without quotes"
    if found:
        return f"write `{_as_number(found[1])}`"
    if attribute.type == "number" and _EITHER.fullmatch(text):
        return f"write `{text.replace(',', '')}` or `{_as_number(text)}`"
    if attribute.type == "boolean" and text.lower() in _YES | _NO:
        return f"write `{'true' if text.lower() in _YES else 'false'}`"
    return ""


def write_condition(scope: Scope, text: str) -> str:
    """Give the hint of `write_test` for a text that has the attribute in it, too, else ""."""
    found = _WHOLE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return ""
    attribute = scope.find(found[1])
    return scope.hint(found[1]) if attribute is None else write_test(found[1], attribute, found[2])


def _read_test(attribute: Attribute, text: str) -> str:
    span = _RANGE.fullmatch(text)
    if span and attribute.type == "number":
        low, high = sorted((_as_number(span[1]), _as_number(span[2])), key=float)
        return f"{{between: [{low}, {high}]}}"
    options = [_operand(attribute, piece.strip("[]() ")) for piece in _OR.split(text)]
    if len(options) > 1 and attribute.words and all(options):
        return f"[{', '.join(options)}]"
    parts = [part for piece in _AND.split(text) for part in _parts(attribute, piece)]
    return f"{{{', '.join(parts)}}}" if parts and all(parts) else ""


def _parts(attribute: Attribute, piece: str) -> Iterator[str]:
    """Yield `at_least: 10` for `>= 10`, or "" for what can't be told."""
    found = _ONE.fullmatch(piece)
    operator = _KNOWN.get(found[1]) if found else None
    if found is None or operator is None:
        yield ""
        return
    several = [_operand(attribute, option.strip("[]() ")) for option in _OR.split(found[2])]
    if operator in ("in", "not_in"):
        yield f"{operator}: [{', '.join(several)}]" if all(several) else ""
        return
    fits = _DATES.get(operator) if attribute.type == "date" else operator
    operand = _operand(attribute, found[2])
    yield f"{fits}: {operand}" if fits and operand else ""


def _operand(attribute: Attribute, text: str) -> str:
    """Give a value as it is written in YAML, or "" where the attribute never has it."""
    text = text.strip().strip("\"'")
    if attribute.type == "number":
        return _as_number(text) if re.fullmatch(_NUMBER, text, re.ASCII) else ""
    if attribute.type == "date":
        return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else ""
    return text if text in attribute.words and _PLAIN.fullmatch(text) else ""


def _as_number(text: str) -> str:
    return text.replace(",", ".")
