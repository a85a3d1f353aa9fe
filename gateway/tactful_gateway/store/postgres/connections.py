"""Connections to PostgreSQL: a few, made again when they break, each with a session in which a commit is durable.

What surprises: nothing is reset when a connection goes back. Sessions are ours alone, and a reset costs a round trip.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeAlias

import asyncpg
import structlog
from asyncpg.exceptions import InternalClientError
from asyncpg.pool import PoolConnectionProxy

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres.errors import explained

SCHEMA = "tactful"
MOST = 8
"""Connections of one gateway."""
PATIENCE = 10.0
"""Seconds that a statement may take, waiting for another gateway's commit included; connecting gets half of them."""
WAITING = 2_000
"""Most who wait for a connection: a server that hangs would gather all who want to read, for seconds each."""
IDLE = 3.0
"""Seconds that a gateway may say nothing in a transaction, where it has to for milliseconds. One whose machine stopped
must not keep its persons, and whoever waits for them."""
CLOSING = 0.5
"""Seconds that the server gets to say goodbye."""
STATEMENTS = 500
"""Prepared statements kept a connection: what is saved differs by which tables it touches."""

UNREADABLE = (
    "the URL of PostgreSQL can't be read: write signs in a user or password as %XX (%2F for /, %3F for ?, %23 for #)"
)

SESSION = """
SELECT set_config('search_path', $1, false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('statement_timeout', $2, false),
    set_config('idle_in_transaction_session_timeout', $3, false),
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END"""
"""`synchronous_commit` is what makes an acknowledgement survive a power cut: every setting but `off` waits for
the disk."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Row = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Row] | PoolConnectionProxy[Row]"


class _Session(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


class Connections:
    """A gateway's connections; made by `open`."""

    _pool: asyncpg.Pool[Row]

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._waiting = 0
        self.made = 0
        """How many were made. A new one may lead to another server, of which nothing holds that was known."""

    @classmethod
    async def open(cls, url: str, patience: float) -> Self:
        """Connect for the first time.

        Raises:
            StoreUnavailableError: there is no way.
        """
        connections = cls(patience)
        with explained():
            connections._pool = await asyncpg.create_pool(
                url,
                min_size=0,
                max_size=MOST,
                connection_class=_Session,
                init=connections._begin_session,
                timeout=patience / 2,
                command_timeout=patience + 1,
                statement_cache_size=STATEMENTS,
                server_settings={"application_name": "tactful"},
            )
        return connections

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """Lend a connection; one that fails is not lent again.

        Raises:
            StoreUnavailableError: PostgreSQL can't be reached, or does not do what was asked.
        """
        if self._pool.is_closing():
            raise StoreUnavailableError("the database is closed", "closed")
        with explained():
            connection = await self._acquire()
            try:
                with explained():
                    yield connection
            except StoreUnavailableError:
                # It may be in a transaction, or lead to a server that is no primary any more.
                with suppress(asyncpg.InterfaceError):  # it is gone already
                    connection.terminate()
                await self._pool.expire_connections()  # the idle ones are as old, and would fail one by one
                raise
            except asyncio.CancelledError:
                with suppress(asyncpg.InterfaceError):
                    connection.terminate()  # asked to forget a statement, a server that hangs would be waited for
                raise
            finally:
                await self._pool.release(connection)

    async def _acquire(self) -> PoolConnectionProxy[Row]:
        if self._waiting >= WAITING:
            raise StoreUnavailableError("too many wait for PostgreSQL: look for what slows it down", "contended")
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._patience / 2)
        except asyncpg.InterfaceError:
            raise
        except (ValueError, OverflowError):
            # What did not understand the URL quotes from it, and what it quotes may be the password.
            raise StoreUnavailableError(UNREADABLE, "refused") from None
        finally:
            self._waiting -= 1

    async def fetch(self, query: str, *values: Any) -> Sequence[Row]:
        """Run one statement in a transaction of its own."""
        async with self.one() as connection:
            found: Sequence[Row] = await connection.fetch(query, *values)
            return found

    async def _begin_session(self, connection: Connection) -> None:
        await connection.fetchval(SESSION, SCHEMA, f"{self._patience * 1000:.0f}ms", f"{IDLE * 1000:.0f}ms")
        self.made += 1

    async def close(self) -> None:
        """Let what is under way end, then hang up; a server that hangs is left behind."""
        if self._pool.is_closing():
            return
        try:
            with explained():
                async with asyncio.timeout(CLOSING):
                    await self._pool.close()
        except StoreUnavailableError:
            self._pool.terminate()


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[None]:
    """Commit what is done inside, or none of it.

    It has its number from the start: no journal row may get one before its transaction does (see `horizon`). Where the
    server does not answer, or nobody waits any more, it is asked nothing: whoever lent the connection hangs up.
    """
    await connection.execute("BEGIN; SELECT pg_current_xact_id()")
    try:
        yield
    except (asyncio.CancelledError, OSError, InternalClientError):
        raise
    except BaseException:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, InternalClientError, OSError):
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")
