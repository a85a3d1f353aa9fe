"""Does what a README says, as its reader would: in an empty folder, one block after the other, in one shell session."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.docs.blocks import Block
from tests.eventually import PATIENCE, eventually

PORTS = ("8000", "8080")
"""The ports that pages name; free ones take their places, since this machine may run something there."""


class Reader:
    """Follows blocks in a folder of its own; `close` ends what was started in the background."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = folder / ".session"
        self._session.write_text("")
        with ExitStack() as held:
            free = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
            self._ports = {named: str(socket.getsockname()[1]) for named, socket in zip(PORTS, free, strict=True)}
        self._started: list[subprocess.Popen[bytes]] = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environ = {**os.environ, "PATH": path, "HOME": str(folder), "NO_COLOR": "1"}

    def here(self, text: str) -> str:
        """Give a text of the page with the ports that are used here."""
        return re.sub("|".join(PORTS), lambda named: self._ports[named[0]], text)

    def follow(self, block: Block) -> str:
        """Do what the block says, and give what it printed."""
        body = self.here(block.body)
        if block.kind == "python":
            return self._run(f"{shlex.quote(sys.executable)} -c {shlex.quote(body)}")
        if block.kind == "background":
            self._start(body, self.here(block.words[1]))
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
        eventually(lambda: started.poll() is not None or _answers(url), otherwise=f"{url} never answered")
        assert started.poll() is None, (self._folder / "background.log").read_text()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
