"""How far the journal can be read without skipping what is still being committed.

Numbers are given in another order than transactions commit in: while 7 is there and 6 is not, a cursor must not go to
7. So a number counts as settled once every transaction has ended that ran when it was seen to be given. One look is
enough where nothing runs, and two where something does. That look is cheap and takes any transaction of the server that
writes for one of ours. So where it does not end, who has written to the journal is asked of the locks: a long
transaction of another program holds nothing up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tactful_gateway.store.postgres.connections import Connections, Row

LOOK = "SELECT last, bound::text::bigint, oldest::text::bigint FROM journal_horizon($1)"
NO_MORE = 2**63 - 1
"""Above every number."""
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'journal'::regclass AND mode = 'RowExclusiveLock' AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
"""Transactions that may have a number: inserting takes this lock first, and keeps it until all see the commit."""
READ = "SELECT seq, type, subject, at, body FROM journal WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"
HEAD = "SELECT coalesce(max(seq), 0) FROM journal WHERE seq <= $1"
STEP = 0.005
"""Seconds between two looks while others commit."""
CHEAP_LOOKS = 5
"""Looks until the locks are asked, which makes the server stop for a moment."""
LOOKS = 20
"""Further looks until what is settled is taken as it is: whoever reads comes back."""


class Horizon:
    """What one gateway knows of the journal's settled part."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._settled = 0
        self._seen: tuple[int, int] | None = None
        self._writing: tuple[int, frozenset[str]] | None = None
        self._made = 0

    async def read(self, after: int, limit: int) -> Sequence[Row]:
        """Read at most `limit` settled rows above `after`."""
        while True:
            made = self._connections.made
            found = await self._read(after, limit)
            if made == self._connections.made:  # else it may have been of another server than what was known
                return found

    async def head(self) -> int:
        """Give the highest settled number that is in the journal."""
        return int((await self._connections.fetch(HEAD, await self.settled()))[0][0])

    async def settled(self) -> int:
        """Find how far the journal is settled, waiting a little for the commits that are under way now."""
        last = await self._look()
        for looks in range(LOOKS):
            if self._settled >= last:
                break
            await asyncio.sleep(STEP)
            if looks < CHEAP_LOOKS:
                await self._look()
            else:
                await self._look_at_writers(last)
        return self._settled

    async def _read(self, after: int, limit: int) -> Sequence[Row]:
        found = await self._connections.fetch(READ, after, self._known(), limit) if after < self._known() else ()
        if len(found) >= limit:
            return found
        settled = await self.settled()
        return await self._connections.fetch(READ, after, settled, limit) if after < settled else ()

    async def _look(self) -> int:
        """Look once; gives the highest number given so far."""
        floor = self._known() if self._seen is None else NO_MORE
        last, bound, oldest = (await self._connections.fetch(LOOK, floor))[0]
        if bound is not None:
            self._seen = last, bound
        if self._seen is not None and oldest >= self._seen[1]:
            self._settled, self._seen = max(self._settled, self._seen[0]), None
        return int(last)

    async def _look_at_writers(self, last: int) -> None:
        """See whether all have ended that may have had a number up to `last`, which was given before this look.

        Several look at once. One whose answer comes late must not be held against who was seen to write after it asked.
        """
        before = self._writing
        writing = frozenset(row[0] for row in await self._connections.fetch(WRITERS))
        if self._writing is not before:
            return
        if self._writing is None:
            self._writing = last, writing
        if not self._writing[1] & writing:
            self._settled, self._writing = max(self._settled, self._writing[0]), None

    def _known(self) -> int:
        """Give what is known to be settled: nothing after a new connection, which may lead to another server."""
        if self._made != self._connections.made:
            self._made, self._settled, self._seen, self._writing = self._connections.made, 0, None, None
        return self._settled
