"""Making journal events of facts: ids only ever rise, also when the clock goes back."""

from __future__ import annotations

from collections.abc import Callable

from tactful_gateway.ledger.apply.draft import Fact
from tactful_gateway.store.records import JournalEvent
from tactful_rules.model.ids import Instant, rfc3339

PREFIX = "tactful."
COUNTER_BYTES = 6
"""The last ones of a UUIDv7, at random first and counted up within a millisecond (RFC 9562, section 6.2, method 2)."""

Random = Callable[[int], bytes]
"""Gives that many random bytes."""


class Stamper:
    """Gives facts their ids and this gateway's `source`."""

    def __init__(self, source: str, random: Random) -> None:
        self._source = source
        self._random = random
        self._last: Instant = -1
        self._head = ""
        self._counter = 0

    def stamp(self, fact: Fact) -> JournalEvent:
        """Make the journal event of a fact; its id is above that of every event made before."""
        return JournalEvent(
            id=self._next_id(fact.at),
            source=self._source,
            type=PREFIX + fact.type,
            time=rfc3339(fact.at),
            subject=fact.subject,
            data=fact.data(),
        )

    def _next_id(self, at: Instant) -> str:
        if at > self._last:
            self._last = at
            stamp, rest = f"{at & 0xFFFF_FFFF_FFFF:012x}", int.from_bytes(self._random(4), "big")
            version, variant = 0x7000 | rest >> 16 & 0x0FFF, 0x8000 | rest & 0x3FFF
            self._head = f"{stamp[:8]}-{stamp[8:]}-{version:04x}-{variant:04x}-"
            # The top bit starts at zero, so that a millisecond never runs out of numbers.
            self._counter = int.from_bytes(self._random(COUNTER_BYTES), "big") >> 1
        else:
            self._counter += 1
        return f"{self._head}{self._counter:012x}"
