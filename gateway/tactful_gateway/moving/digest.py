"""What a table's rows come to, whatever order they are read in: their number, and a sum of their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

_SIZE = 16
_encode = msgspec.msgpack.Encoder().encode


class Digest:
    """Takes in rows; equal for the same rows."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take in rows, each value as it is kept."""
        for row in rows:
            self.count += 1
            self._sum += int.from_bytes(blake2b(_encode(row), digest_size=_SIZE).digest())

    @property
    def text(self) -> str:
        """What it comes to, in hexadecimal."""
        return f"{self._sum % 2 ** (8 * _SIZE):0{2 * _SIZE}x}"
