"""What one sink has still to get: reads the journal behind its cursor and keeps count of what is waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from tactful_gateway.consumers.filtering import Wants
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import JournalRow

PAGE = 500
"""Rows read at once."""
_PAGES_A_LOOK = 10


class _Counted(Struct):
    """Some rows that were counted: they end with `last`, and `wanted` of them still wait."""

    last: int
    rows: int
    wanted: int


class Feed:
    """Counts wanted rows up to `counted` and hands out none beyond it, so that the counters always balance.

    What was counted may be erased before it is read. So counts are kept by page, and compared with what is there.
    """

    def __init__(self, store: Store, wants: Wants, after: int) -> None:
        self._store = store
        self._wants = wants
        self._pages: deque[_Counted] = deque()
        self.counted = after
        self.pending = 0

    async def look(self) -> None:
        """Count what is new in the journal; a long one is counted over several looks."""
        for _ in range(_PAGES_A_LOOK):
            rows = await self._store.journal(self.counted, PAGE)
            if rows:
                self._count(rows[-1].seq, len(rows), sum(map(self._wants, rows)))
            if len(rows) < PAGE:
                return

    def _count(self, last: int, rows: int, wanted: int) -> None:
        self.counted = last
        self.pending += wanted
        page = self._pages[-1] if self._pages else None
        if page is not None and page.rows + rows <= PAGE:
            page.last, page.rows, page.wanted = last, page.rows + rows, page.wanted + wanted
        else:
            self._pages.append(_Counted(last, rows, wanted))

    async def read(self, after: int) -> tuple[Sequence[JournalRow], int, int]:
        """Give the wanted rows of the next page, the seq of its last row (`after` when there is none), and how many of
        those that were counted are erased: nobody waits for these any more."""
        while self._pages and self._pages[0].last <= after:
            self._pages.popleft()
        if not self._pages:
            return (), after, 0
        page = self._pages[0]
        found = await self._store.journal(after, PAGE)
        rows = [row for row in found if row.seq <= page.last and self._wants(row)]
        erased = page.wanted - len(rows)
        page.wanted -= erased
        self.pending -= erased
        return rows, page.last, erased

    def passed(self, rows: int) -> None:
        """Note that so many of the rows given last need to wait no more."""
        self.pending -= rows
        self._pages[0].wanted -= rows
