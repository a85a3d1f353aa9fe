"""Killed at any moment, in the way of others, or to the wrong place: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tactful_gateway.contracts.samples import event, full_person
from tactful_gateway.moving.table import MoveError
from tactful_gateway.moving.target import Target
from tactful_gateway.store.base import Changes, Keys, StoreUnavailableError
from tactful_gateway.store.postgres.connections import transaction
from tactful_gateway.store.postgres.store import PostgresStore
from tests.conftest import RunningGateway
from tests.gateway.cli_remote.conftest import run_tactful
from tests.gateway.moving.conftest import ROWS, Moving, move_now

KILLS = 3
MOVER = """
import sys
from tactful_gateway.moving import source
source.ROWS = 50  # a batch takes some milliseconds then, and a move some hundred commits
from tactful_gateway.cli.main import run
run()
"""


def everything(path: Path, table: str, order: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
    finally:
        db.close()


async def ask(url: str, query: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def come(url: str) -> int:
    try:
        return int((await ask(url, "SELECT coalesce(sum(count), 0) FROM tactful.move_table"))[0][0])
    except asyncpg.UndefinedTableError:
        return 0


async def kill_once_it_has_come_to(rows: int, path: Path, url: str) -> None:
    """Start a move and kill it when so many rows are there, which may be in the middle of anything."""
    command = [sys.executable, "-c", MOVER, "move", f"sqlite:///{path}", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while await come(url) < rows:
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


async def test_killed_again_and_again_it_goes_on_and_everything_is_there_once(
    file: Path, url: str, move: Moving
) -> None:
    for place in sorted(random.Random(4).sample(range(50, 4 * ROWS - 500), KILLS)):
        await kill_once_it_has_come_to(place, file, url)
        with pytest.raises(StoreUnavailableError, match="being moved to"):
            await PostgresStore.open(url)
    done = await asyncio.to_thread(move)
    assert done.returncode == 0, done.stderr
    for table, order in (
        ("journal", "seq"),
        ("person", "id"),
        ("invitation", "id"),
        ("wake_up", "lane, due, invitation"),
    ):
        there = [tuple(row) for row in await ask(url, f"SELECT * FROM tactful.{table} ORDER BY {order}")]
        assert there == everything(file, table, order), table
    store = await PostgresStore.open(url)
    await store.transact(Keys(), lambda _: Changes(events=[event(ROWS)]))
    assert (await store.head(), len(await store.journal(0, 2 * ROWS))) == (ROWS + 1, ROWS + 1)
    await store.close()


async def test_numbers_of_the_journal_are_not_given_again_though_their_rows_are_gone(file: Path, url: str) -> None:
    db = sqlite3.connect(file)
    with db:
        db.execute("DELETE FROM journal WHERE seq > 10")
    db.close()
    assert await move_now(file, url)
    store = await PostgresStore.open(url)
    await store.transact(Keys(), lambda _: Changes(events=[event(1)]))
    assert await store.head() == ROWS + 1
    await store.close()


def test_a_running_gateway_is_in_the_way(running_gateway: Callable[..., RunningGateway], move: Moving) -> None:
    running_gateway()
    done = move()
    assert (done.returncode, f"pid {os.getpid()}) uses this database" in done.stderr) == (1, True), done.stderr
    assert "if it is a gateway, stop it first" in done.stderr


async def test_a_database_that_is_in_use_is_left_alone(file: Path, url: str) -> None:
    store = await PostgresStore.open(url)
    await store.token_secret(b"s", b"h")  # as a gateway does when it starts
    await store.transact(Keys(), lambda _: Changes(persons={"p": full_person()}))
    await store.close()
    with pytest.raises(MoveError, match=r"not empty.*in person, token_secret:.*DROP SCHEMA"):
        await move_now(file, url)
    assert [row[0] for row in await ask(url, "SELECT id FROM tactful.person")] == ["p"]


async def test_a_file_that_changed_since_is_noticed_and_moved_anew(file: Path, url: str) -> None:
    await kill_once_it_has_come_to(3 * ROWS, file, url)
    db = sqlite3.connect(file)
    with db:
        db.execute("DELETE FROM invitation WHERE id = 'i-7'")
        db.execute("UPDATE person SET body = zeroblob(9) WHERE id = 'p-7'")
    db.close()
    there = rf"invitation \({ROWS - 1} rows in the file, {ROWS} in the database\)"
    with pytest.raises(MoveError, match=rf"differ in {there}, person.*--anew"):
        await move_now(file, url)
    assert await come(url) > 0, "nothing is dropped unasked"
    assert await move_now(file, url, anew=True)


async def test_neither_another_move_nor_another_file_gets_in_between(file: Path, url: str) -> None:
    await kill_once_it_has_come_to(100, file, url)
    target = await Target.open(url)
    with pytest.raises(MoveError, match="another tactful move"):
        await Target.open(url)
    with pytest.raises(MoveError, match="another file"):
        await target.begin(b"another", None)
    await target.close()
    assert await move_now(file, url)


def test_nothing_is_written_to_the_file_meanwhile(file: Path, url: str) -> None:
    """`tactful keys` goes without the lock file; it waits, and is told."""
    command = [sys.executable, "-c", MOVER, "move", f"sqlite:///{file}", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not asyncio.run(come(url)):
        assert process.poll() is None
    db = sqlite3.connect(file, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        db.execute("INSERT INTO api_key VALUES ('k', '')")
    db.close()
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        (("sqlite:///no.db", "postgresql://127.0.0.1:1/d"), 1, "there is no database at no.db"),
        (("memory:", "postgresql://h/d"), 2, "SOURCE is a file"),
        (("tactful.db", "postgresql://h/d"), 2, "SOURCE is a file"),
        (("sqlite:///", "postgresql://h/d"), 2, "SOURCE is a file"),
    ],
)
def test_ends_that_are_none_are_told_apart(ends: tuple[str, str], code: int, said: str) -> None:
    done = run_tactful("move", *ends)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_a_secret_that_is_kept_elsewhere_is_asked_for(file: Path, url: str, move: Moving) -> None:
    secret = bytes.fromhex(file.with_name("tactful.db.secret").read_text())
    file.with_name("tactful.db.secret").unlink()
    done = move()
    assert (done.returncode, "TACTFUL_SECRET" in done.stderr) == (1, True)
    assert move(TACTFUL_SECRET=secret.hex()).returncode == 0
    assert [row[0] for row in asyncio.run(ask(url, "SELECT secret FROM tactful.token_secret"))] == [None]


@pytest.mark.parametrize("query", ["SELECT 1", "SELECT pg_sleep(60)"], ids=["between statements", "in one"])
async def test_a_move_that_is_interrupted_hangs_up_without_a_word_and_lets_the_next_one_begin(
    url: str, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    target, begun = await Target.open(url), asyncio.Event()

    async def work() -> None:
        async with transaction(target._connection):
            begun.set()
            await target._connection.execute(query)
            await asyncio.sleep(60)

    moving = asyncio.create_task(work())
    await begun.wait()
    await asyncio.sleep(0.1)
    moving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await moving
    await target.close()
    await (await Target.open(url)).close()
    assert caplog.messages == []
