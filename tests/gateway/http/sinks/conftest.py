"""A gateway with two sinks, a file and a webhook, and the real server at the webhook's other end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually

SURVEY = """
touchpoints: {payment: {}}
do_not_disturb: {}
sinks:
  file: {kind: jsonl, path: "${FOLDER}/answers.jsonl", events: [person.opted_out, person.opted_in]}
  hook:
    kind: webhook
    url: "${URL}"
    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    allow_private: true
    events: [person.opted_out]
"""


PARTS = ("delivered", "pending", "dead", "erased")


class Hook:
    """Takes events; `answer` says what it answers to the one with this id: a status, or one with headers and a body."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.tried: list[str] = []
        self.answer: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda _: (204, {}, b"")
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                event = self.headers["webhook-id"]
                hook.tried.append(event)
                status, headers, body = hook.answer(event)
                if status < 300:
                    hook.got.append(event)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.stop()


class SinksClient:
    """Makes events, and calls what an operator would."""

    def __init__(self, api: Any, folder: Path) -> None:
        self.api = api
        self.folder = folder

    def opt_out(self, *persons: str, **what: str) -> None:
        for person in persons:
            body = what or {"opt_out": "all"}
            done = self.api.put(f"/v1/persons/{person}/preferences", headers=self.api.sk, json=body)
            assert done.status_code == 200, done.text

    def get(self, path: str, **query: Any) -> Any:
        return self.api.get(path, headers=self.api.ak, params=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.api.post(path, headers=self.api.ak, content=json.dumps(body) if body is not None else None)

    def sink(self, name: str) -> dict[str, Any]:
        """Give a sink's state; its numbers balance whenever anybody looks."""
        said = self.get("/v1/sinks")
        assert said.status_code == 200, said.text
        for found in said.json()["sinks"]:
            assert found["accepted"] == sum(found[key] for key in PARTS), found
        (found,) = (sink for sink in said.json()["sinks"] if sink["id"] == name)
        return dict(found)

    def until(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Wait until a sink is so."""
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(self.sink(name))
            return all(found[key] == value for key, value in wanted.items())

        eventually(look, otherwise=lambda: found)
        return found

    def lines(self) -> list[str]:
        """Give the persons whose events are in the file."""
        text = (self.folder / "answers.jsonl").read_text(encoding="utf-8")
        return [json.loads(line)["subject"] for line in text.splitlines()]


@pytest.fixture
def sinks(
    running_gateway: Callable[..., Any], described_client: Any, hook: Hook, tmp_path: Path
) -> Iterator[SinksClient]:
    gateway = running_gateway(SURVEY, environ={"URL": hook.url, "FOLDER": str(tmp_path)})
    with described_client(gateway) as api:
        yield SinksClient(api, tmp_path)
