"""A file with something in every table, an empty database, and the command that moves."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from tactful_gateway.http.credentials.secret import find_secret
from tactful_gateway.moving.run import Move, Moved
from tactful_gateway.moving.source import Source
from tactful_gateway.moving.target import Target
from tests.gateway.cli_remote.conftest import run_tactful
from tests.gateway.moving.filled import hook_that_wants_nothing
from tests.servers.postgres import PostgresServer

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
