"""Finds columns of answers whose cells are of several kinds, so that a comment `12` becomes a number among texts.

It looks through a file before anything is sent: what was taken with one value can't be sent again with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tactful_gateway.importing.file import Row
from tactful_gateway.importing.rows import Columns, guess


class Seen(NamedTuple):
    """A kind of values, and the line of the first one."""

    kind: str
    line: int


def mixed_columns(names: Sequence[str], rows: Iterable[Row], columns: Columns) -> dict[str, tuple[Seen, Seen]]:
    """Give the columns that hold two kinds of values, each with the first of both."""
    mixed: dict[str, tuple[Seen, Seen]] = {}
    first: dict[str, Seen] = {}
    candidates = [name for name in names if columns.is_answer(name) and name not in columns.texts]
    for row in rows:
        if not candidates:
            break
        for name in candidates:
            cell = row.says.get(name)
            if not cell:
                continue
            kind = _kind(cell)
            seen = first.setdefault(name, Seen(kind, row.line))
            if seen.kind != kind:
                mixed[name] = (seen, Seen(kind, row.line))
        candidates = [name for name in candidates if name not in mixed] if mixed else candidates
    return {name: mixed[name] for name in names if name in mixed}


def _kind(cell: str) -> str:
    value = guess(cell)
    if isinstance(value, str):
        return "texts"
    if isinstance(value, bool):
        return "true or false"
    return "lists" if isinstance(value, list) else "numbers"
