"""Everything that a fault can hit: gateways over one database, the servers that their sinks deliver to, and clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import asyncpg
import httpx

from tactful_gateway.store.records import JournalRow
from tests.acceptance.conftest import Served
from tests.acceptance.conservation import Books, read_books
from tests.acceptance.crash import power
from tests.acceptance.crash.crowd import Crowd
from tests.acceptance.crash.destinations import SINKS, Destination, running_destinations
from tests.acceptance.crash.messages import SURVEY, Messages
from tests.acceptance.journal import read_journal
from tests.acceptance.test_serve import cli
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer, running_postgres

StoreKind = Literal["sqlite", "postgres", "postgres with a standby"]


@dataclass
class World:
    """What runs; `prelude` is Python that gateways run first, `environ` what they find in their environment."""

    folder: Path
    db: str
    destinations: Sequence[Destination]
    messages: Messages
    database: PostgresServer | None = None
    standby: PostgresServer | None = None
    environ: dict[str, str] = field(default_factory=dict)
    prelude: str = ""
    gateways: list[Served] = field(default_factory=list)
    key: str = ""

    @property
    def file(self) -> Path:
        """The database's file, where it has one."""
        return self.folder / "data" / "tactful.db"

    def add_gateways(self, many: int) -> None:
        """Start so many."""
        self.key = self.key or cli("keys", "create", "--kind", "sk", "--db", self.db).stdout.strip()
        for outside in (self.messages, *self.destinations):
            self.environ |= outside.environ
        if "LD_PRELOAD" in self.environ:
            power.begin(self.file)
        for _ in range(many):
            arguments = ("--port", str(free_port()), "--db", self.db, "--no-watch")
            self.gateways.append(Served(self.folder / "survey", self.file, arguments, self.environ, self.prelude))
            self.start(self.gateways[-1])

    def start(self, gateway: Served) -> None:
        """Start one, again or for the first time."""
        gateway.url = ""
        gateway.log.clear()
        gateway.start()
        assert gateway.url, "\n".join(gateway.log)

    def crowd(self) -> Crowd:
        """Make clients of all gateways."""
        return Crowd([gateway.url for gateway in self.gateways], self.key)

    def delivers(self, destination: Destination) -> Served | None:
        """Give the gateway that delivers there now: one that stands by has no numbers of it."""
        return next((it for it in self.gateways if destination.name in books_of(it).pending), None)

    def scheduler(self) -> Served:
        """Give the gateway that works off the schedule, known by the sink that it has as well, or has not."""
        holders = asyncio.run(self._holders())
        first = self.delivers(self.destinations[0])
        same = holders["schedule"] == holders[f"sink/{self.destinations[0].name}"]
        return next(it for it in self.gateways if (it is first) is same)

    async def _holders(self) -> dict[str, str]:
        connection = await asyncpg.connect(self.db)
        try:
            return dict(await connection.fetch("SELECT name, holder FROM tactful.lease"))
        finally:
            await connection.close()

    def delivered(self, destination: Destination) -> int:
        """Give how much a destination got so far, as the gateway says that delivers."""
        return max(books_of(it).delivered[destination.name] for it in self.gateways)

    def journal(self) -> list[JournalRow]:
        """Give the journal as the store has it."""
        return read_journal(self.db)

    def stop(self) -> None:
        """Kill what still runs."""
        for gateway in self.gateways:
            if gateway.process.returncode is None:
                gateway.kill()


def ready(gateway: Served) -> bool:
    """Ask a gateway whether it can keep its promises."""
    try:
        return httpx.get(f"{gateway.url}/readyz", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def books_of(gateway: Served) -> Books:
    """Give a gateway's numbers; none of one that can't be asked."""
    try:
        return read_books(gateway.url)
    except httpx.HTTPError:
        return Books()


@contextmanager
def running_world(
    folder: Path, store: StoreKind, gateways: int, environ: dict[str, str], prelude: str
) -> Iterator[World]:
    """Start everything but the clients in a folder, and kill it at the end."""
    with ExitStack() as stack:
        destinations = stack.enter_context(running_destinations(folder))
        database = None if store == "sqlite" else stack.enter_context(running_postgres())
        standby = stack.enter_context(running_postgres(database)) if store == "postgres with a standby" else None
        messages = Messages()
        messages.start()
        stack.callback(messages.stop)
        (folder / "data").mkdir()
        (folder / "survey").mkdir()
        (folder / "survey" / "survey.yaml").write_text(SURVEY + SINKS)
        db = _url(database, standby) if database else f"sqlite:///{folder}/data/tactful.db"
        world = World(folder, db, destinations, messages, database, standby, environ, prelude)
        stack.callback(world.stop)
        world.add_gateways(gateways)
        yield world


def _url(database: PostgresServer, standby: PostgresServer | None) -> str:
    """Name an empty database, on whichever server takes writes."""
    url = database.url(database.new_database())
    if standby is None:
        return url
    database.wait_for_standby()
    server, name = url.rsplit("/", 1)
    return f"{server},127.0.0.1:{standby.port}/{name}?target_session_attrs=read-write"
