"""The journal as a store has it, whichever store that is, also beside a running gateway."""

from __future__ import annotations

import asyncio

from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_for_keys
from tactful_gateway.store.records import JournalRow

PAGE = 10_000


def read_journal(db: str) -> list[JournalRow]:
    """Give all rows of a database, named as `tactful serve --db` names it."""
    return asyncio.run(_read(db))


async def _read(db: str) -> list[JournalRow]:
    store = await open_for_keys(GatewaySettings(db=db))
    try:
        rows: list[JournalRow] = []
        while page := await store.journal(rows[-1].seq if rows else 0, PAGE):
            rows += page
        return rows
    finally:
        await store.close()
