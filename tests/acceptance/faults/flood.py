"""More than a gateway can keep: many large batches at once, while it can write nothing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psutil

from tests.acceptance.line import Line

ITEMS = 400
TEXT = "x" * 2_300
"""Makes a batch nearly a mebibyte."""
LINES = 48
"""Batches at once: 19,200 items of 45 MiB, more than may wait by either measure."""


@dataclass
class Flood:
    """What came of it: batches by status, items by what they had become, and the most that waited."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    taken: list[str] = field(default_factory=list)
    waiting: float = 0
    bytes: float = 0
    grown: int = 0


def flood(url: str, key: str, pid: int) -> Flood:
    """Send all batches at once and give what came of them."""
    return asyncio.run(_flood(url, key, pid))


async def _flood(url: str, key: str, pid: int) -> Flood:
    found = Flood()
    before = psutil.Process(pid).memory_info().rss
    sending = [asyncio.create_task(_send(found, Line(url, key))) for _ in range(LINES)]
    async with httpx.AsyncClient() as client:
        while not all(task.done() for task in sending):
            text = (await client.get(f"{url}/metrics", timeout=20)).text
            found.waiting = max(found.waiting, _metric(text, "tactful_waiting"))
            found.bytes = max(found.bytes, _metric(text, "tactful_waiting_bytes"))
            found.grown = max(found.grown, psutil.Process(pid).memory_info().rss - before)
            await asyncio.sleep(0.1)
    await asyncio.gather(*sending)
    return found


async def _send(found: Flood, line: Line) -> None:
    items = [_item() for _ in range(ITEMS)]
    status, said = await line.call("POST", "/v1/feedback", {"items": items})
    found.statuses[status] += 1
    if status == 202:
        found.taken += [item["id"] for item in items]
    else:
        found.codes[said["code"]] += 1
    line.close()


def _item() -> dict[str, Any]:
    return {
        "source": "flood",
        "id": str(uuid4()),
        "touchpoint": "payment",
        "person": f"f-{uuid4()}",
        "at": "2026-03-01T12:00:00Z",
        "answers": {"said": TEXT},
    }


def _metric(text: str, name: str) -> float:
    found = re.search(rf"(?m)^{name} (\S+)$", text)
    assert found is not None
    return float(found[1])
