"""What one sink has still to get: reads the journal behind its cursor and keeps count of what is waiting."""

from __future__ import annotations

from collections.abc import Sequence

from tactful_gateway.consumers.filtering import Wants
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import JournalRow

PAGE = 500
"""Rows read at once."""
_PAGES_A_LOOK = 10


class Feed:
    """Counts wanted rows up to `counted` and hands out none beyond it, so that the counters always balance."""

    def __init__(self, store: Store, wants: Wants, after: int) -> None:
        self._store = store
        self._wants = wants
        self.counted = after
        self.pending = 0

    async def look(self) -> None:
        """Count what is new in the journal; a long one is counted over several looks."""
        for _ in range(_PAGES_A_LOOK):
            rows = await self._store.journal(self.counted, PAGE)
            self.pending += sum(map(self._wants, rows))
            if rows:
                self.counted = rows[-1].seq
            if len(rows) < PAGE:
                return

    async def read(self, after: int) -> tuple[Sequence[JournalRow], int]:
        """Give the wanted rows of the next page and the seq of the page's last row (`after` when it is empty)."""
        if after >= self.counted:
            return (), after
        rows = [row for row in await self._store.journal(after, PAGE) if row.seq <= self.counted]
        return [row for row in rows if self._wants(row)], rows[-1].seq if rows else self.counted
