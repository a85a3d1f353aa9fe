"""Does what a README says, as its reader would: in an empty folder, one block after the other, in one shell session."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.docs.blocks import Block

PORT = "8000"
"""The port that pages name; a free one takes its place, since this machine may run something there."""
PATIENCE = 30


class Reader:
    """Follows blocks in a folder of its own; `close` ends what was started in the background."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = folder / ".session"
        self._session.write_text("")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = str(free.getsockname()[1])
        self._started: list[subprocess.Popen[bytes]] = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environ = {**os.environ, "PATH": path, "HOME": str(folder), "NO_COLOR": "1"}

    def follow(self, block: Block) -> str:
        """Do what the block says, and give what it printed."""
        body = block.body.replace(PORT, self._port)
        if block.kind == "python":
            return self._run(f"{shlex.quote(sys.executable)} -c {shlex.quote(body)}")
        if block.kind == "background":
            self._start(body, block.words[1].replace(PORT, self._port))
            return ""
        if block.language == "sh":
            return self._run(body)
        file = self._folder / block.words[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body, encoding="utf-8")
        return ""

    def close(self) -> None:
        """End what runs in the background, as Ctrl-C does, and see that it ends well."""
        for process in self._started:
            process.send_signal(signal.SIGINT)
        assert [process.wait(PATIENCE) for process in self._started] == [0] * len(self._started)

    def _run(self, script: str) -> str:
        session = shlex.quote(str(self._session))
        whole = f"set -euo pipefail\nsource {session}\n{script}\nexport -p > {session}\n"
        done = subprocess.run(
            ["bash", "-c", whole],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _start(self, command: str, url: str) -> None:
        script = f"source {shlex.quote(str(self._session))}; exec {command}"
        log = (self._folder / "background.log").open("wb")
        with log:
            started = subprocess.Popen(
                ["bash", "-c", script], cwd=self._folder, env=self._environ, stdout=log, stderr=log
            )
        self._started.append(started)
        deadline = time.monotonic() + PATIENCE
        while not _answers(url):
            assert started.poll() is None, (self._folder / "background.log").read_text()
            assert time.monotonic() < deadline, f"{url} never answered"
            time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
