"""Shows a value of traffic in a report that is passed on: nothing long, and nothing like a secret or an address."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tactful_gateway.terminal import show_hidden

LONGEST = 40
_MOST_DIGITS = 8
"""More are a phone, a card or an account, unless they are a date or a number with a fraction or with groups."""
_OPEN = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([Tt ][\d:.]{4,18}( ?[Zz]|[+-][\d:]{2,5})?)?"
    r"|[+-]?\d{1,12}[.,]\d{1,6}"
    r"|[+-]?\d{1,3}([ .,'’\u00a0\u202f]\d{3}){1,3}([.,]\d{1,6})?",
    re.ASCII,
)
_ADDRESS = re.compile(r"@|://|www\.")
_KEY = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])\S{16,}|\b[a-z]{2,5}_\w*\d\w*|[Bb]earer\b")
_PRIVATE = re.compile(
    r"pass(word|wd|code|phrase)?$|secret|token|auth|api.?key|(^|[._-])key$|card|iban|account.?n|phone|mobile|(^|[._-])tel"
    r"|mail|address|ssn",
    re.IGNORECASE,
)


def show(param: str, value: Any) -> str | None:
    """Give a value as JSON or CSV has it; None where it is better described than shown."""
    if isinstance(value, str):
        return f'"{show_hidden(value)}"' if not _PRIVATE.search(param) and _may_be_shown(value) else None
    if isinstance(value, (dict, list)) or _PRIVATE.search(param):
        return None
    text = msgspec.json.encode(value).decode()
    return text if _may_be_shown(text) else None


def describe(value: Any) -> str:
    """Say what kind of thing a value is, and how long."""
    if isinstance(value, str):
        return f"a text of {_many(len(value), 'character')}"
    if isinstance(value, list):
        return f"a list of {_many(len(value), 'value')}"
    return "an object" if isinstance(value, dict) else "a number" if not isinstance(value, bool) else "a boolean"


def _may_be_shown(text: str) -> bool:
    if len(text) > LONGEST or _ADDRESS.search(text):
        return False
    if _OPEN.fullmatch(text.strip()):
        return True
    return sum(letter.isdigit() for letter in text) <= _MOST_DIGITS and not _KEY.search(text)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
