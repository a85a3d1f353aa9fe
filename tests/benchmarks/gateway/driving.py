"""Drives a server over keep-alive connections, each waiting for its answer before the next; both pinned to cores."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

CONNECTIONS = 64
SERVER = "tests.benchmarks.gateway.http_server"


class Driven(Struct, frozen=True):
    """Requests a second, and the milliseconds within which 99 of 100 were answered."""

    rate: float
    p99: float


def measure(kind: str, folder: Path, requests: int, write: Callable[[Sequence[str]], list[bytes]]) -> Driven:
    """Start a server of this kind, send it everything that `write` makes of its lines, and say how fast it answered.

    The lines are those that the server leaves in the folder's `lines` before it listens: paths or keys.
    """
    with running(kind, folder, requests) as (_, port, lines):
        return asyncio.run(_drive(port, write(lines)))


@contextmanager
def running(kind: str, folder: Path, requests: int) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Start a server on a core of its own; give its process, its port and its lines, and go to another core."""
    folder.mkdir()
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", SERVER, kind, str(folder), str(requests), str(cores[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            os.sched_setaffinity(0, {cores[-1]})
            yield server.pid, port, (folder / "lines").read_text().split()
        finally:
            os.sched_setaffinity(0, set(cores))
            server.terminate()


async def _drive(port: int, written: Sequence[bytes]) -> Driven:
    requests, waits = iter(written), list[float]()
    started = time.perf_counter()
    await asyncio.gather(*(_worker(port, requests, waits) for _ in range(CONNECTIONS)))
    rate = len(written) / (time.perf_counter() - started)
    return Driven(rate, statistics.quantiles(waits, n=100)[98] * 1000)


async def _worker(port: int, requests: Iterator[bytes], waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        sent = time.perf_counter()
        writer.write(request)
        await read_answer(reader)
        waits.append(time.perf_counter() - sent)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Give the body of an answer, which must be a success."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")), head
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


def write_request(method: str, path: str, body: bytes, key: str = "") -> bytes:
    """Write one request as it goes over the wire."""
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = f"{method} {path} HTTP/1.1\r\nhost: a\r\n{authorization}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body
