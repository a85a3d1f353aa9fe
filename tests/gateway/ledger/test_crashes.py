"""Killing the process: what was acknowledged is there afterwards, once."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import msgspec

from tactful_gateway.store.sqlite import SqliteStore

VICTIM = Path(__file__).with_name("victim.py")
KILLS = 6


async def kill_under_load(path: Path, seed: int, rng: random.Random) -> list[str]:
    """Run the victim, kill it within a fraction of a second, and give what it acknowledged."""
    victim = await asyncio.create_subprocess_exec(
        sys.executable, VICTIM, path, str(seed), stdout=asyncio.subprocess.PIPE
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"ready\n"
    await asyncio.sleep(rng.uniform(0.02, 0.4))
    victim.send_signal(signal.SIGKILL)
    said = (await victim.stdout.read()).decode()
    await victim.wait()
    return [line for line in said.splitlines(keepends=True) if line.endswith("\n")]


async def test_an_acknowledged_answer_survives_a_kill(tmp_path: Path) -> None:
    path, rng = tmp_path / "tactful.db", random.Random(7)
    acknowledged: list[str] = []
    for seed in range(KILLS):
        acknowledged += [line.strip() for line in await kill_under_load(path, seed, rng)]
    assert len(acknowledged) > KILLS
    store = await SqliteStore.open(path)
    rows = await store.journal(0, 1_000_000)
    bodies = [msgspec.json.decode(row.body) for row in rows]
    answered = Counter(body["data"]["invitation"] for body in bodies if body["type"] == "tactful.response.completed")
    lost = [invitation for invitation in acknowledged if answered[invitation] != 1]
    assert lost == []
    assert set(answered.values()) == {1}
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    created = Counter(body["subject"] for body in bodies if body["type"] == "tactful.invitation.created")
    for person in created:
        assert (await store.person(person)).answers == sum(
            body["subject"] == person and body["type"] == "tactful.response.completed" for body in bodies
        )
    await store.close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
