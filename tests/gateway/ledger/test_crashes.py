"""Killing the process, and cutting the power: what was acknowledged is there afterwards, once.

A kill alone proves little, since the page cache survives it: only the power cut tells `synchronous=FULL` from NORMAL.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from tactful_gateway.store.sqlite import SqliteStore

VICTIM = Path(__file__).with_name("victim.py")
KILLS = 5
CUTS = 4
CC = shutil.which("cc") or shutil.which("gcc")


async def kill_under_load(path: Path, seed: int, rng: random.Random, preload: str = "") -> list[str]:
    """Run the victim, kill it within a fraction of a second, and give what it acknowledged."""
    environ = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
    victim = await asyncio.create_subprocess_exec(
        sys.executable, VICTIM, path, str(seed), stdout=asyncio.subprocess.PIPE, env=environ
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"ready\n"
    await asyncio.sleep(rng.uniform(0.02, 0.4))
    victim.send_signal(signal.SIGKILL)
    said = (await victim.stdout.read()).decode()
    await victim.wait()
    return [line.strip() for line in said.splitlines(keepends=True) if line.endswith("\n")]


def note_what_is_durable(path: Path) -> None:
    """Take what is in a closed database as synced."""
    if path.exists():
        shutil.copy(path, path.with_name(path.name + ".durable"))


def cut_the_power(path: Path) -> None:
    """Leave of a database what had been synced, and nothing that was only written."""
    for file in (path, path.with_name(path.name + "-wal")):
        durable = file.with_name(file.name + ".durable")
        file.unlink(missing_ok=True)
        if durable.exists():
            durable.replace(file)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)


async def check_what_is_left(path: Path, acknowledged: list[str]) -> None:
    """See that every acknowledged answer is in the journal once, and that the persons agree with the journal."""
    store = await SqliteStore.open(path)
    rows = await store.journal(0, 1_000_000)
    bodies = [msgspec.json.decode(row.body) for row in rows]
    completed = [body for body in bodies if body["type"] == "tactful.response.completed"]
    answered = Counter(body["data"]["invitation"] for body in completed)
    assert [invitation for invitation in acknowledged if answered[invitation] != 1] == []
    assert set(answered.values()) <= {1}
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    for person, answers in Counter(body["subject"] for body in completed).items():
        assert (await store.person(person)).answers == answers
    await store.close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


async def test_an_acknowledged_answer_survives_a_kill(tmp_path: Path) -> None:
    path, rng = tmp_path / "tactful.db", random.Random(7)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        acknowledged += await kill_under_load(path, seed, rng)
    assert len(acknowledged) > KILLS
    await check_what_is_left(path, acknowledged)


@pytest.mark.skipif(
    (CC is None or sys.platform != "linux") and "CI" not in os.environ,
    reason="cutting the power takes a C compiler and LD_PRELOAD; in CI nothing is left out",
)
async def test_an_acknowledged_answer_survives_a_power_cut(tmp_path: Path) -> None:
    path, shim, rng = tmp_path / "tactful.db", tmp_path / "power_cut.so", random.Random(11)
    assert CC is not None, "install a C compiler"
    source = Path(__file__).with_name("power_cut.c")
    compiler = await asyncio.create_subprocess_exec(CC, "-shared", "-fPIC", "-O1", "-o", shim, source)
    assert await compiler.wait() == 0
    acknowledged: list[str] = []
    for seed in range(CUTS):
        note_what_is_durable(path)
        acknowledged += await kill_under_load(path, seed, rng, str(shim))
        cut_the_power(path)
        await check_what_is_left(path, acknowledged)
    assert len(acknowledged) > CUTS
