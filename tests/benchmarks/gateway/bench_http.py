"""Durable final responses a second over HTTP, beside a bare Starlette endpoint that takes the same requests.

Server and client share the machine: the server is pinned to one core, the client to another where there is one.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.row import Baseline, Row

CONNECTIONS = 64
REQUESTS = 12_000
ROUNDS = 3
BODY = b'{"answers":{"score":2,"why":"The queue at the counter was long and nobody said why."},"complete":true,"rev":1}'
SERVER = "tests.benchmarks.gateway.http_server"


def rows() -> list[Row]:
    """Measure both servers in turns and compare the best of each."""
    rates: dict[str, list[float]] = {"bare": [], "gateway": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            for kind, found in rates.items():
                found.append(_measure(kind, Path(folder) / f"{kind}-{number}"))
    value, bare = max(rates["gateway"]), max(rates["bare"])
    return [
        Row(
            name="durable final responses over HTTP",
            value=value,
            unit="/s",
            baseline=Baseline("bare Starlette endpoint", bare),
            budget=">= 0.5 of the baseline",
            met=value >= 0.5 * bare,
            note=f"{CONNECTIONS} connections, best of {ROUNDS} x {REQUESTS:,}",
        )
    ]


def _measure(kind: str, folder: Path) -> float:
    """Start a server of this kind, answer every prepared invitation once, and give the requests a second."""
    folder.mkdir()
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", SERVER, kind, str(folder), str(REQUESTS), str(cores[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            paths = (folder / "paths").read_text().split()
            os.sched_setaffinity(0, {cores[-1]})
            return asyncio.run(_drive(port, paths))
        finally:
            os.sched_setaffinity(0, set(cores))
            server.terminate()


async def _drive(port: int, paths: Sequence[str]) -> float:
    """Send every request over keep-alive connections, each waiting for its answer before the next."""
    requests = iter([_request(path) for path in paths])
    started = time.perf_counter()
    await asyncio.gather(*(_worker(port, requests) for _ in range(CONNECTIONS)))
    return len(paths) / (time.perf_counter() - started)


async def _worker(port: int, requests: object) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:  # type: ignore[attr-defined]  # an iterator shared by all workers
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()


def _request(path: str) -> bytes:
    head = f"PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(BODY)}\r\n\r\n".encode() + BODY
