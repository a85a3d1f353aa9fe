"""Finds why a value broke its schema: what may have been meant is tried on it first, so that no hint leads astray."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, TypeAlias

import msgspec

from tactful_gateway.simulator.rejected.dates import dates_meant

Meets: TypeAlias = Callable[[Any], bool]
Meant: TypeAlias = tuple[Any, str]
"""A value that may have been meant, and what to say if it meets the schema."""

_LONGEST_SCHEMA = 80
_YES = frozenset({"true", "yes", "y", "on", "1", "t", "x", "ja", "j", "oui", "si", "sí", "sim", "是", "はい", "да"})
_NO = frozenset({"false", "no", "n", "off", "0", "f", "nein", "non", "não", "否", "いいえ", "нет"})
_NOTHING = frozenset({"", "-", "--", "na", "n/a", "nan", "nil", "null", "none", "undefined", r"\n", "#n/a"})
_PLAIN = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"([+-]?(?:\d+|\d{1,3}(?:[ .'’\u00a0\u202f]\d{3})+)),(\d+)", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?:[ '’\u00a0\u202f]\d{3})+|(?:\.\d{3}){2,})(?:\.\d+)?", re.ASCII)
_UNIT = re.compile(
    r"(?P<before>[^\d\s.,+-]{1,4}\s?)?(?P<number>[+-]?[\d.,'’ ]*\d)(?P<after>\s?[^\d\s.,+-]{1,4})?", re.ASCII
)


def likely_cause(value: Any, schema: dict[str, Any], meets: Meets) -> str:
    """Say what to write instead where that can be told, else what is declared."""
    for meant, words in _meant(value, schema):
        if meets(meant):
            return words
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        return "no value? leave it empty"
    return f"declared: {_declared(schema)}"


def _meant(value: Any, schema: dict[str, Any]) -> Iterator[Meant]:
    if not isinstance(value, str):
        yield from _meant_by_number(value)
        return
    text = value.strip()
    yield text, f"spaces around it? write {text}"
    yield from _options(text, schema)
    yield from _numbers(text)
    # Above all where JSON Lines or Parquet have a text: in CSV, true is read as such.
    for words, meant in ((_YES, True), (_NO, False)):
        if text.casefold() in words:
            yield meant, f"a boolean is declared: write {'true' if meant else 'false'}"
    yield from dates_meant(text)


def _meant_by_number(value: Any) -> Iterator[Meant]:
    if isinstance(value, (dict, list)) or value is None:
        return
    text = msgspec.json.encode(value).decode()
    yield text, f'a text is declared: write "{text}"'
    if not isinstance(value, bool) and value in (0, 1):
        yield bool(value), f"a boolean is declared: write {'true' if value else 'false'}"


def _options(text: str, schema: dict[str, Any]) -> Iterator[Meant]:
    options = schema.get("enum")
    texts = [option for option in options if isinstance(option, str)] if isinstance(options, list) else []
    for option in texts:
        if option.strip().casefold() == text.casefold():
            yield option, f"upper and lower case? write {option}"
    for option in get_close_matches(text[:100], texts, n=1):
        yield option, f"did you mean {option}?"


def _numbers(text: str) -> Iterator[Meant]:
    alone = _UNIT.fullmatch(text)
    if alone is None or _PLAIN.fullmatch(text):
        yield from _number(text, f"a number is declared: write {text} as one")
        return
    unit = "a unit beside the number? " if alone["before"] or alone["after"] else ""
    number = alone["number"]
    if _EITHER.fullmatch(number):
        yield from _number(number.replace(",", ""), f"{unit or 'a comma in a number? '}{_either(number)}")
    elif comma := _COMMA.fullmatch(number):
        written = f"{_digits(comma[1])}.{comma[2]}"
        yield from _number(written, f"{unit or 'a decimal comma? '}write {written}")
    elif _GROUPS.fullmatch(number):
        whole, point, rest = number.rpartition(".") if number.count(".") == 1 else (number, "", "")
        written = f"{_digits(whole)}{point}{rest}"
        yield from _number(written, f"{unit or 'a mark between thousands? '}write {written}")
    else:
        yield from _number(number, f"{unit}write {number}")


def _either(number: str) -> str:
    return f"write {number.replace(',', '')} or {number.replace(',', '.')}"


def _number(written: str, words: str) -> Iterator[Meant]:
    if _PLAIN.fullmatch(written):
        number = float(written)
        if math.isfinite(number):
            yield (int(number) if number.is_integer() else number), words


def _digits(text: str) -> str:
    return re.sub(r"[^\d+-]", "", text)


def _declared(schema: dict[str, Any]) -> str:
    text = msgspec.json.encode(schema).decode()
    return text if len(text) <= _LONGEST_SCHEMA else f"{text[:_LONGEST_SCHEMA]}…"
