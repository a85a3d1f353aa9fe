"""How a value is written where it stands, so that nobody's name or answer can become part of the grammar around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from html import escape
from typing import TypeAlias
from urllib.parse import quote

import msgspec

Escape: TypeAlias = Callable[[str], str]
_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})


def plain(text: str) -> str:
    """Give text as it is, but for control characters other than line breaks and tabs, and halves of characters."""
    return "".join(char if char in "\n\t" or unicodedata.category(char) not in _BREAKING else " " for char in text)


def one_line(text: str) -> str:
    """Give text on one line: line breaks of any kind and control characters become single spaces."""
    return " ".join("".join(" " if unicodedata.category(char) in _BREAKING else char for char in text).split())


def in_html(text: str) -> str:
    """Escape text for an HTML text or attribute."""
    return escape(plain(text))


def in_url(text: str) -> str:
    """Encode text for one segment of a path, a query's value or a form's."""
    return quote(plain(text), safe="")


def in_json(text: str) -> str:
    """Escape text for within a JSON string."""
    return msgspec.json.encode(plain(text))[1:-1].decode()
