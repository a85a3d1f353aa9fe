"""Makes event ids: UUIDv7 in rising order; what is drawn at random is drawn once a process, counting does the rest.

A process starts at 73 random bits, so two processes (forked ones get makers of their own) never make the same id, and
asking the system for random bytes at every call, which costs more than a rule, is not needed. Nobody has to guess them.
"""

from __future__ import annotations

from collections.abc import Callable

from tactful_rules.model.ids import Instant

_COUNT_BYTES = 6


class EventIds:
    """Not safe under threads by itself: hold a lock around `make`."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        seed = int.from_bytes(entropy(10), "big")
        self._count = seed & (1 << 47) - 1  # the 48th bit is room for 140 million million ids
        seed >>= 47
        self._middle = f"-7{seed & 0xFFF:03x}-{0x8000 | seed >> 12 & 0x3FFF:04x}-"
        self._at: Instant = -1
        self._head = ""

    def make(self, now: Instant) -> str:
        """Give the next id, made at `now`; where the clock stepped back it stays at what it was."""
        if now > self._at:
            stamp = f"{now & 0xFFFF_FFFF_FFFF:012x}"
            self._head = f"{stamp[:8]}-{stamp[8:]}{self._middle}"
            self._at = now
        self._count += 1
        return self._head + self._count.to_bytes(_COUNT_BYTES, "big").hex()
