"""Tells of a value that broke its schema what stood there and what to write, in a report that is passed on.

A value is repeated only where a suggestion rewrites it, or where it is a plain number that is no id: any other may be a
secret, an address, or somebody's name or number, however it is written.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tactful_rules.mistakes.causes import HUGE, Cause, Meets, declared, is_number, likely_cause, written
from tactful_rules.mistakes.dates import is_date

LONGEST = 40
_MOST_DIGITS = 7
"""Of a number before its fraction; more are a phone, a card or an account."""
_MOST_OF_FRACTION = 3
"""More are a place on the map, or an id with a mark in it."""
_MOST_OTHER_DIGITS = 4
"""Of what is neither a number nor a date, such as `10-20`: `078-05-1120` is neither."""
_KEY = r"@|://|www\.|(?=\S*\d)(?=\S*[^\W\d_])\S{16,}|\b[a-z]{2,5}_\w*\d\w*|[Bb]earer\b"
_PRIVATE = (
    r"pass(word|wd|code|phrase|port)?(?![a-z])|secret|token|auth|api.?key|(^|[._-])key$|card|iban|account.?n|phone|mobile"
    r"|(^|[._-])(tel|pin|cvv|cvc|dob|tin|nin)(?![a-z])|mail|address|ssn|social.?sec|tax.?(id|no|num)|national.?(id|no|num)"
    r"|birth|licen[cs]e"
)


class Told(NamedTuple):
    """What stood there, or a description of it, and why that may be."""

    value: str
    cause: Cause


def tell(param: str, value: Any, schema: dict[str, Any], meets: Meets) -> Told:
    """Tell of one value; `meets` says whether another one would be taken."""
    if not _may_be_looked_at(param, value):
        return Told(describe(value), declared(schema))
    cause = likely_cause(value, schema, meets)
    return Told(_write(value) if cause.cured or _is_plain(value) else describe(value), cause)


def describe(value: Any) -> str:
    """Say what kind of thing a value is, and how long."""
    if isinstance(value, str):
        return f"a text of {_many(len(value), 'character')}"
    if isinstance(value, list):
        return f"a list of {_many(len(value), 'value')}"
    return "an object" if isinstance(value, dict) else "a number" if not isinstance(value, bool) else "a boolean"


def _may_be_looked_at(param: str, value: Any) -> bool:
    """Tell whether a value has the form of a mistake, and not of anybody's secret, address or id."""
    if not isinstance(value, str | bool | int | float) or re.search(_PRIVATE, param, re.IGNORECASE):
        return False
    if not isinstance(value, str) and not -HUGE < value < HUGE:
        return False
    text = _text(value)
    if len(text) > LONGEST or is_date(text):
        return len(text) <= LONGEST
    if re.search(_KEY, text):
        return False
    return _digits(text) <= _MOST_OTHER_DIGITS or (is_number(text) and not _may_be_id(text))


def _is_plain(value: Any) -> bool:
    return not isinstance(value, str) or is_number(value)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else written(value)


def _write(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else written(value)


def _may_be_id(number: str) -> bool:
    """Tell whether a number has more digits than amounts have: before a fraction, or with a long one."""
    marks = [sign for sign in number if sign in ".,"]
    has_fraction = len(marks) == 1 or len(set(marks)) == 2
    whole = _digits(number[: max(number.rfind("."), number.rfind(","))] if has_fraction else number)
    return whole > _MOST_DIGITS or _digits(number) - whole > _MOST_OF_FRACTION


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
