"""The store that the settings name: opened, or opened beside a running gateway."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.http.credentials.secret import SecretError, find_secret, read_or_make_secret
from tactful_gateway.http.credentials.tokens import SECRET_LENGTH
from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.settings import NO_KEYS_IN_MEMORY, GatewaySettings, SettingsError
from tactful_gateway.store.base import Cause, Store, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.ids import SECOND, Span

PASSING: frozenset[Cause] = frozenset({"unreachable", "read_only", "slow", "contended", "disk_full", "other"})
"""What is worth waiting for at the start: whoever starts everything at once starts the gateway too early."""
LONGEST_WAIT: Span = 5 * SECOND
POSTGRES = Extra("postgres", "asyncpg")

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def open_store(settings: GatewaySettings) -> tuple[Store, bytes]:
    """Open the store for a gateway, and give the token secret that lies beside it; both are made at the first start.

    Raises:
        StoreUnavailableError: another process holds it, or it can't be opened.
        SecretError: the secret file can't be used.
        SettingsError: `db` names no store.
    """
    path, secret = settings.database(), settings.token_secret()
    if settings.on_postgres:
        shared = await _open_postgres(settings)
        try:
            return shared, await _shared_secret(shared, secret)
        except BaseException:
            await shared.close()
            raise
    if path is None:
        return MemoryStore(), secret or os.urandom(SECRET_LENGTH)
    store = await SqliteStore.open(path)
    try:
        return store, secret or await _own_secret(store, path)
    except BaseException:
        await store.close()
        raise


async def await_store(settings: GatewaySettings, clock: Clock) -> tuple[Store, bytes]:
    """Open the store for a gateway as `open_store` does; for a PostgreSQL that is away, wait as the settings say.

    Raises:
        StoreUnavailableError: it was away for too long, or waiting can't help.
        SecretError: the secret can't be used.
        SettingsError: `db` names no store.
    """
    end, wait = clock.now() + settings.db_wait, SECOND
    while True:
        try:
            return await open_store(settings)
        except StoreUnavailableError as error:
            left = end - clock.now()
            if not settings.on_postgres or error.cause not in PASSING or left <= 0:
                raise
            wait = min(wait, left)
            about = {"cause": error.cause, "error": str(error), "again_in_ms": wait, "giving_up_in_ms": left}
            log.warning("waiting_for_database", **about)
            await clock.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)


def require_postgres() -> None:
    """See that PostgreSQL can be spoken to.

    Raises:
        SettingsError: it can't.
    """
    if POSTGRES.is_missing():
        raise SettingsError(f'--db postgresql:// needs `pip install "tactful[{POSTGRES.name}]"`')


async def _open_postgres(settings: GatewaySettings) -> Any:
    require_postgres()
    return await import_module("tactful_gateway.store.postgres.store").PostgresStore.open(settings.db)


async def _own_secret(store: Store, path: Path) -> bytes:
    """Give the secret beside a file; one that is made for a file with a past is not what its links are signed with."""
    if find_secret(path) is None and await store.head() > 0:
        log.warning(
            "secret_missing",
            effect="a new one is made: links that are out don't work, and what was sealed is not sent",
            remedy=f"stop the gateway, and put the old one back as {path}.secret, or as TACTFUL_SECRET",
        )
    return read_or_make_secret(path, os.urandom)


async def _shared_secret(store: Any, given: bytes | None) -> bytes:
    """Give the secret of all gateways over a database: the one given, or the one that the first of them made."""
    made = given or os.urandom(SECRET_LENGTH)
    kept, digest = await store.token_secret(None if given else made, sha256(made).digest())
    if given is not None and sha256(given).digest() != digest:
        raise SecretError("TACTFUL_SECRET is not the secret that this database's invitations are signed with")
    if given is None and kept is None:
        raise SecretError("this database's secret is not kept in it: set TACTFUL_SECRET, as for its other gateways")
    return given or bytes(kept)


async def open_for_keys(settings: GatewaySettings) -> Store:
    """Open a store for a short command beside a gateway.

    Raises:
        StoreUnavailableError: it can't be opened.
        SettingsError: it ends with its gateway.
    """
    if settings.on_postgres:
        store: Store = await _open_postgres(settings)
        return store
    path = settings.database()
    if path is None:
        raise SettingsError(NO_KEYS_IN_MEMORY)
    return await open_beside(path)


async def open_alone(settings: GatewaySettings) -> Store:
    """Open a store that is there already, for a command that does what a gateway does.

    Raises:
        StoreUnavailableError: a gateway runs on the file, or it can't be opened.
        SettingsError: there is none.
    """
    if settings.on_postgres:
        store: Store = await _open_postgres(settings)
        return store
    path = settings.database()
    if path is None or not await asyncio.to_thread(path.exists):
        raise SettingsError(f"there is no database at {settings.db}")
    return await SqliteStore.open(path)


async def open_beside(path: Path) -> Store:
    """Open a database for a short command, also while a gateway runs on it.

    Where a gateway holds the lock this goes without it: SQLite itself makes two writers wait for each other (WAL and a
    busy timeout). Good for one small write such as a key; a second gateway would still be refused.

    Raises:
        StoreUnavailableError: it can't be opened.
    """
    try:
        return await SqliteStore.open(path)
    except StoreUnavailableError:
        if not await asyncio.to_thread(path.exists):
            raise
    return await SqliteStore.connect(path, os.open(os.devnull, os.O_RDONLY))
