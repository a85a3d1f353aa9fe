"""Damages a database file as a failing disk would, for tests of what is said of it and done about it."""

from __future__ import annotations

from pathlib import Path

PAGE = 4096
"""Bytes of a page of SQLite's."""


def overwrite(file: Path, start: int, size: int) -> None:
    """Write what no page begins with over a part of a file."""
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(b"\xa5" * size)
