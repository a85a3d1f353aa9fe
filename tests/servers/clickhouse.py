"""ClickHouse's engine (the wheel `chdb-core`) behind as much of its HTTP interface as a writer uses.

There is no wheel of the server itself. The engine is the real one, so tables, types, errors and deduplication are too;
how a statement, its settings and a status travel over HTTP is as https://clickhouse.com/docs/interfaces/http says.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.ports import free_port, wait_until_open

USER, PASSWORD = "tactful", "s3cret/+ ü"
_NOT_FOUND, _REFUSED, _BAD = {60, 81}, {193, 497, 516}, {6, 16, 26, 27, 33, 38, 41, 53, 62, 69, 72, 117}
_HTTP_ONLY = {"query", "database", "wait_end_of_query"}


class ClickhouseServer:
    """A server that keeps its tables in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "tests.servers.clickhouse", str(folder), str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command)
        wait_until_open(self.port)

    def kill(self) -> None:
        """End it as a power switch would end the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, statement: str) -> str:
        """Give what a statement answers, as lines with tabs."""
        headers = {"x-clickhouse-user": USER, "x-clickhouse-key": PASSWORD.encode().decode("latin-1")}
        request = urllib.request.Request(self.url, statement.encode(), headers)
        with urllib.request.urlopen(request) as answer:
            said: str = answer.read().decode()
        return said


@contextmanager
def running_clickhouse(folder: Path) -> Iterator[ClickhouseServer]:
    """Start a server and kill it at the end."""
    server = ClickhouseServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class _Front(BaseHTTPRequestHandler):
    """One request: who asks, the statement with its settings, the engine's answer."""

    protocol_version = "HTTP/1.1"
    engine: Any
    failure: type[Exception]
    turn = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        named = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        user, key = self.headers.get("x-clickhouse-user", ""), self.headers.get("x-clickhouse-key", "")
        if (user, key.encode("latin-1").decode()) != (USER, PASSWORD):
            return self._refuse("Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)")
        settings = {name: value for name, value in named.items() if name not in _HTTP_ONLY}
        statement = body if "query" not in named else _with(named["query"], settings).encode() + b"\n" + body
        try:
            with self.turn:
                answer = self.engine.query(statement.decode(), "TabSeparated").bytes()
        except self.failure as error:
            return self._refuse(str(error))
        return self._answer(200, answer)

    def log_message(self, *_: object) -> None:
        pass

    def _refuse(self, said: str) -> None:
        found = re.match(r"Code: ([0-9]+)", said)
        code = int(found[1]) if found else 0
        status = 404 if code in _NOT_FOUND else 403 if code in _REFUSED else 400 if code in _BAD else 500
        self._answer(status, said.encode(), code)

    def _answer(self, status: int, body: bytes, code: int = 0) -> None:
        self.send_response(status)
        if code:
            self.send_header("x-clickhouse-exception-code", str(code))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _with(query: str, settings: dict[str, str]) -> str:
    """Put a request's settings where a statement has its own."""
    listed = ", ".join(f"{name} = '{value}'" for name, value in settings.items())
    return query.replace(" FORMAT ", f" SETTINGS {listed} FORMAT ") if settings else query


def main(folder: str, port: str) -> None:
    chdb = import_module("chdb")  # here alone: it takes 400 MB
    _Front.engine, _Front.failure = import_module("chdb.session").Session(folder), chdb.ChdbError
    ThreadingHTTPServer(("127.0.0.1", int(port)), _Front).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
