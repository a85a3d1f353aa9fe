"""Texts as PostgreSQL can keep them: it has no NUL, so that is written `\\0`, and a backslash twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def escape(text: str) -> str:
    """Write a text without NUL; two different texts never become one."""
    if "\\" not in text and "\0" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def unescape(text: str) -> str:
    """Give the text that `escape` wrote."""
    return _ESCAPED.sub(lambda found: "\0" if found[1] == "0" else found[1], text) if "\\" in text else text


def escape_all(texts: Iterable[str]) -> list[str]:
    """Write texts in the order in which rows are locked everywhere."""
    return sorted(map(escape, texts))


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into one array a column, texts escaped."""
    return [[escape(it) if isinstance(it, str) else it for it in column] for column in zip(*rows, strict=True)]


def plain(row: Iterable[Any]) -> tuple[Any, ...]:
    """Give a row that was read, its texts as they were."""
    return tuple(unescape(it) if isinstance(it, str) else it for it in row)
