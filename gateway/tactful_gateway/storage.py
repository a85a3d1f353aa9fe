"""The store that the settings name: opened, opened beside a running gateway, and kept from growing for ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.http.credentials.secret import SecretError, read_or_make_secret
from tactful_gateway.http.credentials.tokens import SECRET_LENGTH
from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.settings import NO_KEYS_IN_MEMORY, GatewaySettings, SettingsError
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import VersionRecord
from tactful_gateway.store.sqlite import SqliteStore
from tactful_gateway.store.sqlite_file import Connection, connect_reader, connect_writer
from tactful_rules.model.ids import DAY, HOUR, Instant

REMEMBER = 7 * DAY
"""How long event ids and report ids are kept; far longer than any client tries again."""
REMEMBER_FEEDBACK = 400 * DAY
"""How long feedback from elsewhere is known again: last year's file, sent once more, changes nothing."""
KEPT_VERSIONS = 200
"""The newest versions of the survey folder are kept, whatever their age."""
AFTERLIFE = 30 * DAY
"""How long an older one is kept once no invitation made under it can be open: its answers are looked at for a while."""
DROP_STEP = 50
"""Versions dropped in one transaction, so that commits never wait long for it."""
_ALL = 2**31
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
        return store, secret or read_or_make_secret(path, os.urandom)
    except BaseException:
        await store.close()
        raise


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
    writer = await Connection.open(connect_writer, path)
    reader = await Connection.open(connect_reader, path)
    no_lock = os.open(os.devnull, os.O_RDONLY)
    return SqliteStore(path, no_lock, writer, reader)


async def forget_the_old(store: Store, clock: Clock) -> None:
    """Drop what nobody needs again, every hour: memories of what was decided and taken, and old survey folders."""
    while True:
        try:
            now = clock.now()
            await store.forget(now - REMEMBER, feedback=now - REMEMBER_FEEDBACK)
            spent = spent_versions(await store.versions(None, _ALL), now)
            for start in range(0, len(spent), DROP_STEP):
                await store.drop_versions(spent[start : start + DROP_STEP])
        except StoreUnavailableError as error:
            log.warning("forgetting_postponed", error=str(error))
        await clock.sleep(HOUR)


def spent_versions(versions: Sequence[VersionRecord], now: Instant) -> list[int]:
    """Give the numbers of those versions, newest first, that nobody needs any more.

    The last invitation under a version is made when the next one goes live, at the latest, and `lasts` no longer.
    """
    return [
        version.number
        for newer, version in islice(pairwise(versions), KEPT_VERSIONS - 1, None)
        if newer.at + version.lasts + AFTERLIFE < now
    ]
