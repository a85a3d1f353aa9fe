"""Schedulers that are killed while they send: nothing planned is lost, and only what was on its way goes out again."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import msgspec

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.store.sqlite import SqliteStore

SENDER = Path(__file__).with_name("sender.py")
KILLS = 4
MANY = 400


async def run(path: Path, seed: int, many: int, until: float | None) -> list[tuple[str, str]]:
    """Run the sender and kill it, after so many seconds or once both schedulers had nothing left; give what it said."""
    arguments = (path, str(seed), str(many), str(seed * LEASE))
    sender = await asyncio.create_subprocess_exec(sys.executable, SENDER, *arguments, stdout=asyncio.subprocess.PIPE)
    assert sender.stdout is not None
    said = [(await sender.stdout.readline()).decode()]
    if until is not None:
        await asyncio.sleep(until)
    else:
        idle: set[str] = set()
        while len(idle) < 2:
            said.append((await sender.stdout.readline()).decode())
            assert said[-1], "the sender ended by itself"
            idle = idle | {said[-1]} if said[-1].startswith("idle") else set()
    sender.send_signal(signal.SIGKILL)
    said += (await sender.stdout.read()).decode().splitlines(keepends=True)
    await sender.wait()
    whole = [line.split() for line in said if line.endswith("\n")]
    return [(what, name) for what, name in whole]


async def test_what_was_planned_is_sent_once_over_kills_save_for_what_was_on_its_way(tmp_path: Path) -> None:
    path, rng = tmp_path / "tactful.db", random.Random(5)
    runs = [await run(path, seed, MANY, rng.uniform(0.1, 0.5)) for seed in range(KILLS)]
    runs.append(await run(path, KILLS, 0, None))
    planned = {name for said in runs for what, name in said if what == "planned"}
    sends = [Counter(name for what, name in said if what == "send") for said in runs]
    assert all(times == 1 for one in sends for times in one.values()), "two schedulers sent the same"
    known: set[str] = set()
    for said, one in zip(runs, sends, strict=True):
        assert not known & one.keys(), "what was said to be sent went out again"
        known |= {name for what, name in said if what == "sent"}
    sent = await told_as_sent(path)
    assert planned <= sent.keys()
    assert set(sent.values()) == {1}
    assert len(planned) > KILLS


async def told_as_sent(path: Path) -> Counter[str]:
    """Count the journal's `sent` events by invitation, and see that the persons agree."""
    store = await SqliteStore.open(path)
    events = [msgspec.json.decode(row.body) for row in await store.journal(0, 1_000_000)]
    sent = Counter(event["data"]["invitation"] for event in events if event["type"] == "tactful.invitation.sent")
    for invitation in sent:
        state = await store.person(invitation)
        assert (state.asks, [event.kind for event in state.history]) == (1, ["asked"])
        assert [entry.sending for entry in state.open] == [False]
    await store.close()
    return sent
