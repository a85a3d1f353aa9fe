"""A killed gateway goes on where it was: nothing is lost, and little comes twice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec

from tactful_gateway.store.sqlite import SqliteStore
from tests.gateway.consumers.stage import write

EVENTS = 4000
BATCH = 500
PROGRAM = """
import asyncio, random, sys
from pathlib import Path
from tactful_gateway.clock import SystemClock
from tactful_gateway.consumers import Consumers
from tactful_gateway.sinks.registry import build
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.folder import SinkConfig

async def main(database, path):
    store = await SqliteStore.open(Path(database))
    config = SinkConfig(id="file", kind="jsonl", from_="beginning", options={"path": path})
    clock = SystemClock()
    async with Consumers(store, {"file": (config, build(config, clock))}, clock, random.random) as consumers:
        while consumers.status()[0].delivered < int(sys.argv[3]):
            await asyncio.sleep(0.005)
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def test_a_consumer_killed_again_and_again_delivers_everything_in_order(tmp_path: Path) -> None:
    database, path = tmp_path / "tactful.db", tmp_path / "answers.jsonl"
    store = await SqliteStore.open(database)
    await write(store, *(f"e{number}" for number in range(EVENTS)), text="x" * 500)
    await store.close()
    command = [sys.executable, "-c", PROGRAM, str(database), str(path), str(EVENTS)]
    kills = 0
    for patience in (0.02, 0.04, 0.06):
        run = subprocess.Popen(command)
        size = path.stat().st_size if path.exists() else 0
        while run.poll() is None and (not path.exists() or path.stat().st_size == size):
            time.sleep(0.002)
        time.sleep(patience)
        if run.poll() is None:
            kills += 1
        run.kill()
        run.wait()
    subprocess.run(command, check=True, timeout=60)
    got = [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]
    assert list(dict.fromkeys(got)) == [f"e{number}" for number in range(EVENTS)]
    assert len(got) <= EVENTS + (kills + 1) * BATCH
