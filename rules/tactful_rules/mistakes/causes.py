"""Finds why a value broke its schema: what may have been meant is tried on it first, so that no hint leads astray."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

import msgspec

from tactful_rules.mistakes.dates import dates_meant

Meets: TypeAlias = Callable[[Any], bool]


class Cause(NamedTuple):
    """Why a value may have broken its schema, and what to write instead; `question` has nothing of the value in it.

    Unless it is `cured`, the cure repeats nothing of the value either.
    """

    question: str
    cure: str = ""
    cured: bool = True

    def __str__(self) -> str:
        return f"{self.question} {self.cure}".strip()


Meant: TypeAlias = tuple[Any, Cause]
"""A value that may have been meant, and the cause if it meets the schema."""

_LONGEST, _LONGEST_SCHEMA = 200, 80
HUGE = 10**18
"""Beyond it a number is no slip, and of thousands of digits Python writes none."""
_YES = frozenset({"true", "yes", "y", "on", "1", "t", "x", "ja", "j", "oui", "si", "sí", "sim", "是", "はい", "да"})
_NO = frozenset({"false", "no", "n", "off", "0", "f", "nein", "non", "não", "否", "いいえ", "нет"})
_NOTHING = frozenset({"", "-", "--", "na", "n/a", "nan", "nil", "null", "none", "undefined", r"\n", "#n/a"})
_PLAIN = r"[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?"
_COMMA = r"([+-]?(?:\d+|\d{1,3}(?:[ .'’\u00a0\u202f]\d{3})+)),(\d+)"
_EITHER = r"[+-]?[1-9]\d{0,2},\d{3}"
_GROUPS = r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?:[ '’\u00a0\u202f]\d{3})+|(?:\.\d{3}){2,})(?:\.\d+)?"
_UNIT = r"(?P<before>[^\d\s.,+-]{1,4}\s?)?(?P<number>[+-]?[\d.,'’ \u00a0\u202f]*\d)(?P<after>\s?[^\d\s.,+-]{1,4})?"


def is_number(text: str) -> bool:
    """Tell whether a text is a number as people and spreadsheets write one, maybe with a sign such as `€` or `%`."""
    alone = None if any(sign.isalpha() for sign in text) else _full(_UNIT, text.strip())
    return alone is not None and any(_full(form, alone["number"]) for form in (_PLAIN, _COMMA, _GROUPS))


def likely_cause(value: Any, schema: dict[str, Any], meets: Meets) -> Cause:
    """Say what to write instead where that can be told, else what is declared."""
    if isinstance(value, str) and len(value) > _LONGEST:
        return declared(schema)
    for meant, cause in _meant(value, schema):
        if meets(meant):
            return cause
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        return Cause("no value?", "leave it empty")
    return declared(schema)


def written(value: bool | int | float) -> str:
    """Write a number or a boolean as JSON does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def declared(schema: dict[str, Any]) -> Cause:
    """Say no more than what is declared."""
    text = msgspec.json.encode(schema).decode()
    return Cause(f"declared: {text if len(text) <= _LONGEST_SCHEMA else f'{text[:_LONGEST_SCHEMA]}…'}", cured=False)


def _meant(value: Any, schema: dict[str, Any]) -> Iterator[Meant]:
    if not isinstance(value, str):
        yield from _meant_by_number(value)
        return
    text = value.strip()
    yield from _options(value, schema)
    yield text, Cause("spaces around it?", "write it without them", cured=False)
    yield from _numbers(text)
    # Above all where JSON Lines or Parquet have a text: in CSV, true is read as such.
    for words, meant in ((_YES, True), (_NO, False)):
        if text.casefold() in words:
            yield meant, Cause("a boolean is declared:", f"write {'true' if meant else 'false'}")
    for date, written in dates_meant(text):
        # Where day and month can't be told apart, both are named: the wrong one would go unseen.
        yield date, Cause("a date in another format?", f"write {' or '.join(written)}")


def _meant_by_number(value: Any) -> Iterator[Meant]:
    if not isinstance(value, bool | int | float) or not -HUGE < value < HUGE:
        return
    text = written(value)
    yield text, Cause("a text is declared:", f'write "{text}"')
    if not isinstance(value, bool) and value in (0, 1):
        yield bool(value), Cause("a boolean is declared:", f"write {'true' if value else 'false'}")


def _options(said: str, schema: dict[str, Any]) -> Iterator[Meant]:
    text = said.strip()
    options = schema.get("enum")
    texts = [option for option in options if isinstance(option, str)] if isinstance(options, list) else []
    if text in texts:
        yield text, Cause("spaces around it?", f"write {text}")
    for option in texts:
        if option.strip().casefold() == text.casefold():
            yield option, Cause("upper and lower case?", f"write {option}")
    for option in get_close_matches(text[:100], texts, n=1):
        yield option, Cause(f"did you mean {option}?")


def _numbers(text: str) -> Iterator[Meant]:
    alone = _full(_UNIT, text)
    if alone is None or _full(_PLAIN, text):
        yield from _number(text, Cause("a number is declared:", f"write {text} as one"))
        return
    unit = "a unit beside the number?" if alone["before"] or alone["after"] else ""
    number = alone["number"]
    if _full(_EITHER, number):
        cure = f"write {number.replace(',', '')} or {number.replace(',', '.')}"
        yield from _number(number.replace(",", ""), Cause(unit or "a comma in a number?", cure))
    elif comma := _full(_COMMA, number):
        written = f"{_digits(comma[1])}.{comma[2]}"
        yield from _number(written, Cause(unit or "a decimal comma?", f"write {written}"))
    elif _full(_GROUPS, number):
        whole, point, rest = number.rpartition(".") if number.count(".") == 1 else (number, "", "")
        written = f"{_digits(whole)}{point}{rest}"
        yield from _number(written, Cause(unit or "a mark between thousands?", f"write {written}"))
    else:
        yield from _number(number, Cause(unit, f"write {number}"))


def _number(written: str, cause: Cause) -> Iterator[Meant]:
    if _full(_PLAIN, written):
        number = float(written)
        if math.isfinite(number):
            yield (int(number) if number.is_integer() else number), cause


def _digits(text: str) -> str:
    return re.sub(r"[^\d+-]", "", text)


def _full(form: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(form, text, re.ASCII)
