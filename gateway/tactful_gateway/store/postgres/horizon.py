"""How far the journal can be read without skipping what is still being committed.

Numbers are given in another order than transactions commit in: while 7 is there and 6 is not, a cursor must not go to
7. So a number counts as settled once every transaction has ended that ran when it was seen to be given. One look is
enough where nothing runs, and two where something does. Any transaction of the server that writes counts, for its xid
is all there is to see: a long one of another program holds the sinks up, and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tactful_gateway.store.postgres.connections import Connections, Row

LOOK = "SELECT last, bound::text::bigint, oldest::text::bigint FROM journal_horizon($1)"
NO_MORE = 2**63 - 1
"""Above every number."""
READ = "SELECT seq, type, subject, at, body FROM journal WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"
HEAD = "SELECT coalesce(max(seq), 0) FROM journal WHERE seq <= $1"
STEP = 0.005
"""Seconds between two looks while others commit."""
LOOKS = 20
"""Further looks until what is settled is taken as it is: whoever reads comes back."""


class Horizon:
    """What one gateway knows of the journal's settled part."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._settled = 0
        self._seen: tuple[int, int] | None = None
        self._losses = 0

    async def read(self, after: int, limit: int) -> Sequence[Row]:
        """Read at most `limit` settled rows above `after`."""
        found = await self._connections.fetch(READ, after, self._known(), limit) if after < self._known() else ()
        if len(found) >= limit:
            return found
        settled = await self.settled()
        return await self._connections.fetch(READ, after, settled, limit) if after < settled else ()

    async def head(self) -> int:
        """Give the highest settled number that is in the journal."""
        return int((await self._connections.fetch(HEAD, await self.settled()))[0][0])

    async def settled(self) -> int:
        """Find how far the journal is settled, waiting a little for the commits that are under way now."""
        last = await self._look()
        for _ in range(LOOKS):
            if self._settled >= last:
                break
            await asyncio.sleep(STEP)
            await self._look()
        return self._settled

    async def _look(self) -> int:
        """Look once; gives the highest number given so far."""
        floor = self._known() if self._seen is None else NO_MORE
        last, bound, oldest = (await self._connections.fetch(LOOK, floor))[0]
        if bound is not None:
            self._seen = last, bound
        if self._seen is not None and oldest >= self._seen[1]:
            self._settled, self._seen = max(self._settled, self._seen[0]), None
        return int(last)

    def _known(self) -> int:
        """Give what is known to be settled; after a lost connection, which may lead to another server then, nothing."""
        if self._losses != self._connections.losses:
            self._losses, self._settled, self._seen = self._connections.losses, 0, None
        return self._settled
