"""A file with much in some tables, an empty database, and the command that moves."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from tactful_gateway.contracts.samples import event, full_invitation, full_person, publication, wake_up
from tactful_gateway.http.credentials.secret import find_secret, read_or_make_secret
from tactful_gateway.moving.run import Move, Moved
from tactful_gateway.moving.source import Source
from tactful_gateway.moving.target import Target
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.sqlite import SqliteStore
from tests.gateway.cli_remote.conftest import run_tactful
from tests.gateway.moving.filled import hook_that_wants_nothing
from tests.servers.postgres import PostgresServer

ROWS = 2_000
"""Events in the file, and as many persons."""
Moving = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url(postgres.new_database())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tactful.db"


@pytest.fixture
def move(path: Path, url: str) -> Moving:
    return lambda *options, **environ: run_tactful("move", f"sqlite:///{path}", url, *options, **environ)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    with hook_that_wants_nothing() as hook:
        yield {"EVENTS": str(tmp_path / "events.jsonl"), "HOOK": hook}


async def move_now(path: Path, url: str, *, anew: bool = False) -> Sequence[Moved] | None:
    """Move within this process."""
    source = await Source.open(path)
    try:
        target = await Target.open(url)
        try:
            secret = find_secret(path)
            assert secret is not None
            return await Move(source, target, lambda what, done, total: None).run(
                sha256(secret).digest(), secret, anew=anew
            )
        finally:
            await target.close()
    finally:
        await source.close()


async def make_file(path: Path) -> None:
    """Make a file with much in some tables."""
    store = await SqliteStore.open(path)
    read_or_make_secret(path, os.urandom)
    for start in range(0, ROWS, 500):
        numbers = range(start, start + 500)
        changes = Changes(
            persons={f"p-{number}": full_person() for number in numbers},
            invitations={f"i-{number}": full_invitation(f"i-{number}") for number in numbers},
            events=[event(number) for number in numbers],
            wake_ups=[wake_up(f"i-{number}", number) for number in numbers],
        )
        await store.transact(Keys(), lambda _, changes=changes: changes)
    await store.transact(Keys(), lambda _: Changes(published=[publication(1), publication(2, content="content 1")]))
    await store.close()


@pytest.fixture
def file(path: Path) -> Path:
    asyncio.run(make_file(path))
    return path
