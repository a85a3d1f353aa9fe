"""One file of a day while it grows: written whole each time under a hidden name, fsynced, and renamed over the old one.

So there is no file for each of many small batches, and a reader sees the file as it was or as it is.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tactful_gateway.disk.folder import sync_folder
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.parquet.columns import SHAPE, joined, make_table

_NOT_NAMED = re.compile(r"[^A-Za-z0-9-]")


class Part(NamedTuple):
    """A file and what is in it; `ids` are those of its events, `written` is its time, by which a change is noticed."""

    path: Path
    table: pa.Table | None = None
    ids: frozenset[str] = frozenset()
    written: int | None = None

    def is_unchanged(self) -> bool:
        """Tell whether the file is still as it was written: somebody may have moved it, or erased a person's rows."""
        try:
            return self.path.stat().st_mtime_ns == self.written
        except FileNotFoundError:
            return False

    def is_full(self, rows: int, size: int) -> bool:
        """Tell whether the next events go into another file."""
        return len(self.ids) >= rows or (self.table is not None and self.table.nbytes >= size)


def new_part(folder: Path, first: Delivery) -> Part:
    """Begin a file named by its first event; one that is there, of a replay or another shape, is never written over."""
    name = f"part-{_NOT_NAMED.sub('_', first.id)[:100]}"
    path, number = folder / f"{name}.parquet", 2
    while path.exists():
        path, number = folder / f"{name}_{number}.parquet", number + 1
    return Part(path)


def last_part(folder: Path, shape: str) -> Part | None:
    """Give the file of a day that was written last, if it is one of ours in this shape; clear away unfinished ones."""
    if not folder.is_dir():
        return None
    for unfinished in folder.glob(".part-*.tmp"):
        unfinished.unlink(missing_ok=True)
    parts = sorted(folder.glob("part-*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    if not parts:
        return None
    try:
        table = pq.read_table(parts[-1], partitioning=None)
    except pa.ArrowInvalid:  # somebody else's, or no Parquet at all: it stays, and a new file is begun
        return None
    if (table.schema.metadata or {}).get(SHAPE) != shape.encode():
        return None
    return Part(parts[-1], table, frozenset(table.column("id").to_pylist()), parts[-1].stat().st_mtime_ns)


def add(part: Part, shape: str, fresh: Sequence[Delivery]) -> Part:
    """Write the file with these behind what it has; it is durable on return.

    Raises:
        OSError: the file is what it was.
        ValueError, TypeError, KeyError: an event does not fit its columns.
    """
    table = make_table(shape, fresh)
    if part.table is not None:
        table = joined(part.table, table)
    _write(part.path, table)
    return Part(part.path, table, part.ids | {one.id for one in fresh}, part.path.stat().st_mtime_ns)


def _write(path: Path, table: pa.Table) -> None:
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    sync_folder(path.parent)
