"""Starts servers and drives each as `tactful bench` does; server and client are pinned to cores."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from tactful_gateway.measuring.driving import Drive, drive

CONNECTIONS = 64
TURNS = 12
"""How many parts the requests come in; servers that are compared get theirs one after the other."""
CORES = sorted(os.sched_getaffinity(0))
SERVERS = {"gateway": "tests.benchmarks.gateway.http_server", "bare": "tests.benchmarks.gateway.bare_server"}
"""Modules that serve a kind of server by the word that it begins with."""


class Driven(Struct, frozen=True):
    """Requests a second, and the milliseconds within which 99 of 100 were answered."""

    rate: float
    p99: float


def measure_in_turns(
    kinds: Sequence[str], folder: Path, requests: int, write: Callable[[Sequence[str]], list[bytes]]
) -> list[Driven]:
    """Start a server of each kind, send each what `write` makes of its lines, and say how fast each answered.

    They get a part of it in turns, so that a machine which is slower at times is so for all of them. The lines are
    those that a server leaves in its folder's `lines` before it listens: paths or keys.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(running(kind, folder / kind, requests)) for kind in kinds]
        written = [(port, write(lines)) for _, port, lines in servers]
        part = max(1, len(written[0][1]) // TURNS)
        turns: list[list[Drive]] = [[] for _ in kinds]
        for start in range(0, len(written[0][1]), part):
            for (port, all_), driven in zip(written, turns, strict=True):
                driven.append(asyncio.run(drive(port, iter(all_[start : start + part]), CONNECTIONS)))
    return [_together(driven[1:]) for driven in turns]  # the first turn is to warm up


def _together(turns: Sequence[Drive]) -> Driven:
    waits = [wait for turn in turns for wait in turn.waits]
    return Driven(statistics.median(turn.rate for turn in turns), statistics.quantiles(waits, n=100)[98] * 1000)


@contextmanager
def running(kind: str, folder: Path, requests: int) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Start a server on a core of its own; give its process, its port and its lines, and go to another core."""
    folder.mkdir()
    command = [sys.executable, "-m", SERVERS[kind.partition("-")[0]], kind, str(folder), str(requests), str(CORES[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            os.sched_setaffinity(0, {CORES[-1]})
            yield server.pid, port, (folder / "lines").read_text().split()
        finally:
            os.sched_setaffinity(0, CORES)
            server.terminate()
