"""A webhook's receiver as a program of its own, to be killed: what it acknowledges is in its file."""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Appends each body to a file as one line, then says thank you."""

    request_queue_size = 64

    def __init__(self, port: int, path: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        kept = os.pread(self.file, os.fstat(self.file).st_size, 0)
        os.ftruncate(self.file, kept.rfind(b"\n") + 1)  # a kill cuts also a write in two

    def handle_error(self, *_: object) -> None:
        """Say nothing: the gateway was killed in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the gateway was killed while it sent this
        assert isinstance(self.server, Receiver)
        os.write(self.server.file, body + b"\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    Receiver(int(sys.argv[1]), sys.argv[2]).serve_forever()
