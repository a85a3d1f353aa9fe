"""One file of a day while it grows: written each time under a hidden name, fsynced, and renamed over the old one.

So there is no file for each of many small batches, and a reader sees the file as it was or as it is; one that opens it
twice, too, as `growth` says.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tactful_gateway.disk.folder import sync_folder
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.parquet.columns import SHAPE, joined, make_table
from tactful_gateway.sinks.parquet.growth import grown, whole

GROUPS = 32
"""Row groups that a file has at most: each batch is one, and many small ones take more room, and longer to read.

Then it is written whole, as one; or, where it has a quarter of its rows, is full: many at once rewrite nothing.
"""
_NOT_NAMED = re.compile(r"[^A-Za-z0-9-]")


class DamagedError(OSError):
    """A file is no Parquet, or not any more."""


class Part(NamedTuple):
    """A file and what is in it; `schema` is None where there is none yet.

    `ids` are those of its events, `size` the bytes that its columns need in memory, `groups` its row groups,
    `written` its time, by which a change is noticed.
    """

    path: Path
    schema: pa.Schema | None = None
    ids: frozenset[str] = frozenset()
    size: int = 0
    groups: int = 0
    written: int | None = None

    def is_unchanged(self) -> bool:
        """Tell whether the file is still as it was written: somebody may have moved it, or erased a person's rows."""
        try:
            return self.path.stat().st_mtime_ns == self.written
        except FileNotFoundError:
            return False

    def is_full(self, rows: int, size: int) -> bool:
        """Tell whether the next events go into another file."""
        needed = rows if self.groups < GROUPS else rows / 4
        return len(self.ids) >= needed or self.size >= size


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
    written = parts[-1].stat().st_mtime_ns  # before it is read: what changes meanwhile is noticed
    try:
        table, groups = _read(parts[-1])
    except DamagedError:  # or somebody else's, or no Parquet at all: it stays, and a new file is begun
        return None
    if (table.schema.metadata or {}).get(SHAPE) != shape.encode():
        return None
    return _part(parts[-1], table, groups, written)


def add(part: Part, shape: str, fresh: Sequence[Delivery]) -> Part:
    """Write the file with these behind what it has; it is durable on return.

    Raises:
        OSError: the file is what it was.
        DamagedError: it is not whole any more; `last_part` does not give it.
        ValueError, TypeError, KeyError: an event does not fit its columns.
    """
    rows = make_table(shape, fresh)
    if part.schema is None:
        return _write_whole(part.path, rows)
    as_there = joined(part.schema.empty_table(), rows)
    fits = part.groups < GROUPS and as_there.schema.equals(part.schema)
    with _reading():
        file = grown(part.path.read_bytes(), as_there) if fits else None
    if file is None:
        return _write_whole(part.path, joined(_read(part.path)[0], rows))
    written = _write(part.path, file)
    ids = part.ids | {one.id for one in fresh}
    return Part(part.path, part.schema, ids, part.size + as_there.nbytes, part.groups + 1, written)


def _read(path: Path) -> tuple[pa.Table, int]:
    with _reading(), pq.ParquetFile(path) as file:
        return file.read(), file.num_row_groups


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Tell a file that is not whole from events that do not fit, and from a disk that fails, which has a number."""
    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedError from error


def _write_whole(path: Path, table: pa.Table) -> Part:
    return _part(path, table, 1, _write(path, whole(table)))


def _part(path: Path, table: pa.Table, groups: int, written: int) -> Part:
    return Part(path, table.schema, frozenset(table.column("id").to_pylist()), table.nbytes, groups, written)


def _write(path: Path, content: bytes | pa.Buffer) -> int:
    """Replace the file, and give the time it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    sync_folder(path.parent)
    return path.stat().st_mtime_ns
