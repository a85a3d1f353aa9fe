"""A sink's other end, obeying the test, and how the sinks of a gateway are doing."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tactful_gateway.consumers.status import SinkStatus

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FILE = """
sinks:
  file: {{kind: jsonl, path: "{path}", events: [response.completed, person.erased], where: {{touchpoint: payment}}}}
"""
HOOK = f'  hook: {{{{kind: webhook, url: "{{url}}", secret: {SECRET}, allow_private: true}}}}\n'


class Destination:
    """A webhook's other end that refuses with `status` until the test lets it take what comes."""

    def __init__(self) -> None:
        self.status = 503
        self.answer = b""
        self.got: list[dict[str, Any]] = []
        destination = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if destination.status == 200:
                    destination.got.append(json.loads(body))
                self.send_response(destination.status)
                self.end_headers()
                self.wfile.write(destination.answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    @property
    def scores(self) -> list[str]:
        return [event["data"]["answers"]["why"] for event in self.got]


def status(gateway: Any, name: str) -> SinkStatus:
    found: SinkStatus = next(sink for sink in gateway.gateway.consumers.status() if sink.id == name)
    return found


def balance(gateway: Any, name: str) -> tuple[int, int, int, int]:
    sink = status(gateway, name)
    return sink.delivered, sink.pending, sink.dead, sink.erased
