"""Reads a cell of CSV as the type that its param declares; one that can't be read so is rejected, not guessed at.

Columns repeat themselves, so what a text comes to is remembered: reading it again is one look-up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_BOOLEANS = {"true": True, "false": False}
_MOST_DIGITS = 400
_REMEMBERED_TEXTS, _REMEMBERED_LENGTH = 10_000, 64
"""What a column may keep: all prices of a shop, but neither its order numbers nor whole documents."""

UNREADABLE = object()
"""What a cell gives that can't be read as its type."""

CellReader = Callable[[str], object]


class Remembering(dict[str, T]):
    """Gives what `read` makes of a text; asked again, mostly the very same object, which nobody may change."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> T:
        value = self._read(text)
        if len(self) < _REMEMBERED_TEXTS and len(text) <= _REMEMBERED_LENGTH:
            self[text] = value
        return value


def cell_reader(schema: dict[str, Any]) -> CellReader:
    """Give the reader for cells of a param with this JSON Schema; without a type, an `enum`'s values decide."""
    kind = schema.get("type")
    if kind is None and isinstance(schema.get("enum"), list):
        by_text = {_as_text(value): value for value in schema["enum"]}
        return lambda text: by_text.get(text, text)
    kinds = [kind] if isinstance(kind, str) else list(kind or ["string"])
    # A text reads as anything, so what is narrower is tried first.
    readers = [_READERS[name] for name in _READERS if name in kinds]

    def read(text: str) -> object:
        for reader in readers:
            value = reader(text)
            if value is not UNREADABLE:
                return value
        return UNREADABLE

    return read


def _integer(text: str) -> object:
    text = text.strip()
    if _INTEGER.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(text)
    number = _number(text)
    return int(number) if isinstance(number, float) and number.is_integer() else UNREADABLE


def _number(text: str) -> object:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return UNREADABLE
    number = float(text)
    return number if math.isfinite(number) else UNREADABLE


def _boolean(text: str) -> object:
    return _BOOLEANS.get(text.strip().lower(), UNREADABLE)


def _container(kind: type) -> CellReader:
    def read(text: str) -> object:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return UNREADABLE
        return value if isinstance(value, kind) else UNREADABLE

    return read


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_READERS: dict[str, CellReader] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _container(list),
    "object": _container(dict),
    "string": lambda text: text,
}
