"""Runs an application server as whoever deploys an app would, and leaves none of its workers behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.eventually import eventually
from tests.servers.ports import free_port, is_open


@contextmanager
def served(command: list[str], folder: Path, environ: Mapping[str, str], log: Path) -> Iterator[httpx.Client]:
    """Run a command whose `{port}` is filled in, from `folder`, until the block ends; give a browser for it.

    A connection serves one request, so that every worker gets its turn.
    """
    port = free_port()
    filled = [word.format(port=port) for word in command]
    with log.open("wb") as out:
        process = subprocess.Popen(
            filled, cwd=folder, env=os.environ | environ, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_until_it_listens(port, process, log)
        url, headers = f"http://127.0.0.1:{port}", {"connection": "close"}
        with httpx.Client(base_url=url, headers=headers, timeout=20) as browser:
            yield browser
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in {0, -signal.SIGTERM}, log.read_text()
    finally:
        with suppress(ProcessLookupError):  # its workers, too: a master that is killed leaves them behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    eventually(lambda: process.poll() is not None or is_open(port), otherwise=log.read_text)
    assert process.poll() is None, log.read_text()
