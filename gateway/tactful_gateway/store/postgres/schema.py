"""Brings a database to this program's schema; gateways that start at once do it one after the other."""

from __future__ import annotations

from importlib import resources

import structlog

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres.connections import SCHEMA, Connection, Connections, transaction

UNHURRIED = 86_400.0
"""Seconds that a migration may take, and that another gateway waits for it: a large table takes its time."""
LOCK = 0x5461_6374_6675_6C
"""The advisory lock "Tactful"."""
OLDEST = 140000
"""The oldest server that Tactful is tested to need: PostgreSQL 14, whose age ends last of those before."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def migrate(connections: Connections, *, moving: bool = False) -> None:
    """Make the schema or bring an older one up to date, all of it in one transaction; `moving` says that we fill it.

    Raises:
        StoreUnavailableError: a newer program or another one made it, it is being filled by `tactful move`, or the
            server can't do what is needed.
    """
    async with connections.one() as connection:
        await _refuse_server(connection)
        async with transaction(connection):
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK, timeout=UNHURRIED)
            await _make_schema(connection)
            await _apply(connection)
            if not moving:
                await refuse_half_moved(connection)


async def refuse_half_moved(connection: Connection) -> None:
    """Keep out of a database as long as it is being moved to.

    Raises:
        StoreUnavailableError: it is.
    """
    if await connection.fetchval("SELECT EXISTS (SELECT 1 FROM move WHERE finished IS NULL)"):
        said = "this database is being moved to: let tactful move finish, or start it again"
        raise StoreUnavailableError(said, "refused")


async def _refuse_server(connection: Connection) -> None:
    if int(connection.get_server_version().major) < OLDEST // 10_000:
        raise StoreUnavailableError("PostgreSQL 14 or newer is needed", "refused")
    if await connection.fetchval("SELECT current_setting('server_encoding')") != "UTF8":
        raise StoreUnavailableError(
            "the database's encoding must be UTF8: CREATE DATABASE ... ENCODING 'UTF8'", "refused"
        )
    if await connection.fetchval("SELECT current_setting('fsync')") != "on":
        log.warning("database_not_durable", effect="a power cut loses what was acknowledged", remedy="fsync = on")


async def _make_schema(connection: Connection) -> None:
    if not await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", SCHEMA):
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", f"{SCHEMA}.schema_version"):
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = $1", SCHEMA)
        if tables:
            raise StoreUnavailableError(
                f"the schema {SCHEMA} of this database is another program's: use another one", "refused"
            )
        await connection.execute("CREATE TABLE schema_version (number integer NOT NULL)")
        await connection.execute("INSERT INTO schema_version VALUES (0)")


async def _apply(connection: Connection) -> None:
    steps = _migrations()
    version = await connection.fetchval("SELECT number FROM schema_version")
    if version > len(steps):
        raise StoreUnavailableError(
            f"a newer Tactful wrote this database (schema {version}, this one knows {len(steps)}): upgrade Tactful",
            "refused",
        )
    for script in steps[version:]:
        await connection.execute(script, timeout=UNHURRIED)
    if version < len(steps):
        await connection.execute("UPDATE schema_version SET number = $1", len(steps))


def _migrations() -> list[str]:
    folder = resources.files("tactful_gateway.store.postgres") / "migrations"
    files = sorted((it for it in folder.iterdir() if it.name.endswith(".sql")), key=lambda it: it.name)
    return [file.read_text(encoding="utf-8") for file in files]
