"""Which columns of the file go where; what has no place in PostgreSQL stops a move before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

ALONE = {"shard": 0}
"""Columns that only PostgreSQL has, and what stands there after a move."""


class MoveError(Exception):
    """It can't be moved; the message says why and what to do."""


class Found(Struct, frozen=True):
    """A table as it stands in the file."""

    columns: tuple[str, ...]
    key: tuple[str, ...]


class Table(Struct, frozen=True):
    """A table as it is moved: `columns` are the file's, `added` are filled with `ALONE`."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    added: tuple[str, ...]


def match(file: Mapping[str, Found], database: Mapping[str, Sequence[str]]) -> list[Table]:
    """Give a place to every table of the file.

    Raises:
        MoveError: one has none, or has no order in which to go on.
    """
    tables, wrong = [], []
    for name, found in sorted(file.items()):
        there = database.get(name, ())
        added = tuple(column for column in there if column not in found.columns)
        if not found.key or not set(found.columns) <= set(there) or not set(added) <= ALONE.keys():
            wrong.append(name)
        tables.append(Table(name, found.columns, found.key, added))
    if wrong:
        raise MoveError(f"this Tactful can't move {', '.join(wrong)}: please report it")
    return tables
