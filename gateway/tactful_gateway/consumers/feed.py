"""What one sink has still to get: reads the journal behind its cursor and keeps count of what is waiting."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from tactful_gateway.consumers.filtering import Wants
from tactful_gateway.store.base import Store
from tactful_gateway.store.personal.base import ERASED, ORDER
from tactful_gateway.store.records import JournalRow
from tactful_rules.model.ids import Instant

PAGE = 500
"""Rows read at once."""
_PAGES_A_LOOK = 10


class Page(Struct, frozen=True):
    """A piece of the journal: the rows that are wanted, the sequences of the others, and that of the last row.

    `erased` are those that were counted as wanted and are not there any more: nobody waits for them.
    """

    rows: Sequence[JournalRow]
    others: Sequence[int]
    last: int
    erased: int = 0

    def others_between(self, after: int, until: int) -> int:
        """Count the rows that are not wanted above `after` and up to `until`."""
        return max(0, bisect_right(self.others, until) - bisect_right(self.others, after))


class _Counted(Struct):
    """Some rows that were counted: they end with `last`, and `wanted` of them still wait."""

    last: int
    rows: int
    wanted: int


class Feed:
    """Counts wanted rows up to `counted` and hands out none beyond it, so that the counters always balance.

    `uncounted` is how many rows were seen to lie behind that: nobody knows yet which of them are wanted.

    What was counted may be erased before it is read. So counts are kept by page, and compared with what is there.
    `oldest` is when the oldest of those that wait happened, None when nothing waits. `erasing` once a person was erased
    since it was last set back: letters may have gone, too.
    """

    def __init__(self, store: Store, wants: Wants, after: int) -> None:
        self._store = store
        self._wants = wants
        self._pages: deque[_Counted] = deque()
        self.counted = after
        self.pending = 0
        self.uncounted = 0
        self.oldest: Instant | None = None
        self.erasing = False

    async def look(self) -> None:
        """Count what is new in the journal; a long one is counted over several looks."""
        for _ in range(_PAGES_A_LOOK):
            rows = await self._store.journal(self.counted, PAGE)
            if rows:
                self._count(rows)
            if len(rows) < PAGE:
                self.uncounted = 0
                return
        self.uncounted = max(0, await self._store.head() - self.counted)

    def _count(self, rows: Sequence[JournalRow]) -> None:
        wanted = [row for row in rows if self._wants(row)]
        self.counted = rows[-1].seq
        self.pending += len(wanted)
        if self.oldest is None and wanted:
            self.oldest = wanted[0].at
        self.erasing = self.erasing or any(row.type == ORDER for row in rows)
        page = self._pages[-1] if self._pages else None
        if page is not None and page.rows + len(rows) <= PAGE:
            page.last, page.rows, page.wanted = self.counted, page.rows + len(rows), page.wanted + len(wanted)
        else:
            self._pages.append(_Counted(self.counted, len(rows), len(wanted)))

    async def read(self, after: int) -> Page:
        """Give the page behind `after`; its last row's sequence is `after` when there is none."""
        while self._pages and self._pages[0].last <= after:
            self._pages.popleft()
        if not self._pages:
            return Page((), (), after)
        counted = self._pages[0]
        wanted, others = [], []
        for row in await self._store.journal(after, PAGE):
            if row.seq > counted.last:
                break
            if self._wants(row):
                wanted.append(row)
            elif row.type != ERASED:
                others.append(row.seq)
        erased = counted.wanted - len(wanted)
        self.dealt(erased)
        return Page(wanted, others, counted.last, erased)

    def dealt(self, count: int) -> None:
        """Say that so many of the page given last do not wait any more."""
        if count:
            self.pending -= count
            self._pages[0].wanted -= count
        if not self.pending:
            self.oldest = None
