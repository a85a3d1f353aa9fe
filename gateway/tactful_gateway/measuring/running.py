"""Starts a gateway for a bench in a process of its own, on a scratch folder that both see to the end of."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

PREFIX = ".tactful-bench-"
GRACE = 10
"""Seconds that it gets to end, before it is killed."""


class BenchError(Exception):
    """A bench can't go on."""


class Running(Struct, frozen=True):
    """A gateway that can be driven: its port on this machine, and a server key."""

    port: int
    key: str


@contextmanager
def running(files: Mapping[str, str], place: Path) -> Iterator[Running]:
    """Serve these files over a scratch database in `place`, and leave nothing behind.

    Raises:
        BenchError: the gateway does not start; it said why on stderr.
        OSError: nothing can be written there.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-P", "-m", "tactful_gateway.measuring.scratch", folder]
        # In a session of its own: Ctrl-C is for this process alone, which then ends the gateway in order.
        process = subprocess.Popen(  # noqa: S603 - this very Python, with words of our own
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            yield _greet(process, files)
        finally:
            _end(process)


def _greet(process: subprocess.Popen[bytes], files: Mapping[str, str]) -> Running:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(files) + b"\n")
        process.stdin.flush()
        port, key = process.stdout.readline().decode().split()
    except (BrokenPipeError, ValueError) as error:
        raise BenchError("the gateway to be measured did not start") from error
    return Running(int(port), key)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
