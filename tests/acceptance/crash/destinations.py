"""Where sinks deliver: three kinds of server, each of them a process that can be killed and started again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from tests.gateway.sinks.nats.harness import NatsHarness
from tests.gateway.sinks.postgres.harness import PostgresHarness
from tests.servers.nats import NatsServer, running_nats
from tests.servers.ports import free_port, wait_until_open
from tests.servers.postgres import PostgresServer, running_postgres

LIFE = ("invitation.created", "invitation.displayed", "response.completed")
"""What every answer leaves in the journal, in this order."""
SINKS = """
sinks:
  hook: {kind: webhook, url: "${HOOK}", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", allow_private: true}
  bus: {kind: nats, url: "${BUS}", stream: "${STREAM}", subject: "${STREAM}.{{type}}", create: true, EVENTS}
  warehouse: {kind: postgres, url: "${WAREHOUSE}", EVENTS}
""".replace("EVENTS", f"events: [{', '.join(LIFE)}], where: {{channel: web}}")
DURABLE = "jetstream: {sync_interval: always}\n"
"""Without it NATS acknowledges what it has not written: a power cut would lose it, and that is no fault of ours."""


class Arrival(NamedTuple):
    """An event that arrived; `place` tells what came before what, equal ones came at once."""

    place: Any
    event: dict[str, Any]


class Destination(Protocol):
    """A server that a sink delivers to."""

    name: str
    wanted: Sequence[str]
    environ: dict[str, str]

    def kill(self) -> None:
        """End it as a power switch would end its processes."""

    def start(self) -> None:
        """Start it again, with what it had."""

    def arrived(self) -> Sequence[Arrival]:
        """Give all that arrived, in order."""


class Hook:
    """A webhook's receiver."""

    name = "hook"
    wanted = LIFE[2:]

    def __init__(self, folder: Path) -> None:
        self._file, self._port = folder / "received", free_port()
        self.environ = {"HOOK": f"http://127.0.0.1:{self._port}/hook"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = ["-m", "tests.acceptance.crash.receiver", str(self._port), str(self._file)]
        self._process = subprocess.Popen([sys.executable, *program])
        wait_until_open(self._port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def arrived(self) -> Sequence[Arrival]:
        return _in_line(self._file.read_bytes().splitlines())


class Bus:
    """A NATS stream."""

    name = "bus"
    wanted = LIFE

    def __init__(self, server: NatsServer) -> None:
        self._server, self._harness = server, NatsHarness(server)
        self.environ = {"BUS": server.url, "STREAM": self._harness.stream}

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.kill()

    def arrived(self) -> Sequence[Arrival]:
        return _in_line(asyncio.run(self._harness.received()))


class Warehouse:
    """A table in PostgreSQL, whose rows have no order but the instants of their transactions."""

    name = "warehouse"
    wanted = LIFE

    def __init__(self, server: PostgresServer) -> None:
        self._server, self._harness = server, PostgresHarness(server)
        self.environ = {"WAREHOUSE": self._harness.url}

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.kill()

    def arrived(self) -> Sequence[Arrival]:
        rows = asyncio.run(self._harness.rows("SELECT * FROM tactful_events ORDER BY inserted_at"))
        return [
            Arrival(row["inserted_at"], {"id": str(row["id"]), "type": row["type"], "subject": row["subject"]})
            for row in rows
        ]


@contextmanager
def running_destinations(folder: Path) -> Iterator[Sequence[Destination]]:
    """Start all three, and kill them at the end."""
    with ExitStack() as stack:
        hook = Hook(folder)
        hook.start()
        stack.callback(hook.kill)
        config = folder / "nats.conf"
        config.write_text(DURABLE)
        bus = stack.enter_context(running_nats(folder / "streams", ["-c", str(config)]))
        yield hook, Bus(bus), Warehouse(stack.enter_context(running_postgres(fsync="off")))


def _in_line(bodies: Sequence[bytes]) -> Sequence[Arrival]:
    return [Arrival(place, msgspec.json.decode(body)) for place, body in enumerate(bodies)]
