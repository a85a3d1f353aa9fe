"""The memory of a gateway that takes a million responses: asked and answered over HTTP, each person once.

Nobody comes back, which is the worst case: whatever is kept by person or invitation grows with every request.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import linear_regression

import psutil

from tactful_gateway.measuring.driving import read_answer, write_request
from tests.benchmarks.gateway.bench_http import BODY, EVENT
from tests.benchmarks.gateway.driving import CONNECTIONS, running
from tests.benchmarks.row import Row

RESPONSES = 1_000_000
LOOKS = 100
MOST, GROWTH = 200.0, 10.0
"""Megabytes of resident memory; and by how many the line fitted to the second half may rise."""
_TOKEN = re.compile(rb'"token":"([^"]+)"')
_MEGABYTE = 1024 * 1024


def rows() -> list[Row]:
    """Take all responses, looking at the memory a hundred times."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running("gateway-touchpoints", Path(folder) / "gateway", RESPONSES) as (process, port, keys),
    ):
        seen = asyncio.run(_drive(port, keys[0], psutil.Process(process)))
    second = range(len(seen) // 2, len(seen))
    slope, _ = linear_regression(second, [seen[look] for look in second])
    growth, most = slope * len(second), max(seen)
    return [
        Row(
            name=f"memory of a gateway after {RESPONSES:,} responses",
            value=most,
            unit="MB",
            budget=f"<= {MOST:.0f} MB",
            met=most <= MOST,
            note=f"resident, the most of {LOOKS} looks; {seen[0]:.0f} MB at the first, {seen[-1]:.0f} at the last",
        ),
        Row(
            name="its growth over the second half of them",
            value=growth,
            unit="MB",
            budget=f"<= {GROWTH:.0f} MB",
            met=growth <= GROWTH,
            note="by the line that fits the looks best",
        ),
    ]


async def _drive(port: int, key: str, process: psutil.Process) -> list[float]:
    """Have every person asked and answer; give the memory after each hundredth of them, in megabytes."""
    seen: list[float] = []

    def persons() -> Iterator[int]:
        for person in range(RESPONSES):
            yield person
            if person % (RESPONSES // LOOKS) == RESPONSES // LOOKS - 1:
                seen.append(process.memory_info().rss / _MEGABYTE)

    numbers = persons()
    await asyncio.gather(*(_client(port, key, numbers) for _ in range(CONNECTIONS)))
    return seen


async def _client(port: int, key: str, persons: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for person in persons:
        writer.write(write_request("POST", "/v1/touchpoints", EVENT % (person, person), key))
        token = _TOKEN.search(await read_answer(reader))
        assert token is not None, "everybody is asked"
        writer.write(write_request("PUT", f"/v1/invitations/{token[1].decode()}/response", BODY))
        await read_answer(reader)
    writer.close()
