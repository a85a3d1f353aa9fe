"""HTTP by httpx for threads: one connection a thread, so that a stuck one can be told and cut.

A server that drips header bytes keeps httpx reading for ever, because each byte starts its timeout anew; the next
request of any thread shuts such a connection down.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - else the first name lookup imports it, maybe while the process forks
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from tactful.transport import Request, Response, TransportError

MAX_ANSWER = 8 * 1024 * 1024
"""Bytes; a ruleset of ten thousand rules has about three million."""
KEEP_ALIVE = 30.0


def _agent() -> str:
    """Name this SDK and its version, so that a gateway can see the oldest that still looks for its ruleset."""
    try:
        return f"tactful-python/{version('tactful')}"
    except PackageNotFoundError:  # copied into an app without its metadata
        return "tactful-python"


AGENT = {"user-agent": _agent()}


def tls_for(url: str) -> ssl.SSLContext | bool:
    """Give one context for all connections; reading the certificates takes 20 ms, and plain HTTP needs none."""
    return httpx.create_ssl_context() if url.startswith("https") else False


class HttpTransport:
    """The transport of `Tactful`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tls = tls_for(url)
        httpx.HTTPTransport(verify=self._tls).close()  # imports httpcore here, where forks wait, not in a call
        self._mine = threading.local()
        self._lines: list[_Line] = []

    def send(self, request: Request, timeout: float) -> Response:
        """Give the answer, or raise `TransportError`; `timeout` seconds count for each step and for the whole body."""
        now = time.monotonic()
        for line in list(self._lines):
            line.cut_if_overdue(now)
        line = getattr(self._mine, "line", None) or self._new_line()
        try:
            return line.send(request, timeout)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise TransportError(f"{type(error).__name__}: {error}".rstrip(": ")) from None

    def close(self) -> None:
        """Close the connections."""
        for line in self._lines:
            line.close()

    def _new_line(self) -> _Line:
        line = self._mine.line = _Line(self._url, self._tls)
        self._lines.append(line)
        return line


class _Line:
    """One thread's connection."""

    def __init__(self, url: str, tls: ssl.SSLContext | bool) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
        self._client = httpx.Client(base_url=url, verify=tls, limits=limits, headers=AGENT, follow_redirects=False)
        self._socket: socket.socket | None = None
        self._overdue_at: float | None = None

    def send(self, request: Request, timeout: float) -> Response:
        deadline = time.monotonic() + timeout
        self._overdue_at = deadline + 0.05
        used = self._socket is not None
        try:
            try:
                return self._send(request, deadline)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A kept connection may have been closed just now; every request of the SDK may be sent twice.
                if not used or time.monotonic() >= deadline:
                    raise
                return self._send(request, deadline)
        finally:
            self._overdue_at = None

    def cut_if_overdue(self, now: float) -> None:
        overdue_at = self._overdue_at
        if overdue_at is not None and now > overdue_at:
            self.cut()

    def close(self) -> None:
        if self._overdue_at is None:
            self._client.close()
        else:
            self.cut()

    def cut(self) -> None:
        """Wake a thread that reads from this connection; closing it would not, and could hit a reused descriptor."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already
                self._socket = None

    def _send(self, request: Request, deadline: float) -> Response:
        left = max(deadline - time.monotonic(), 0.001)
        with self._client.stream(
            request.method,
            request.path,
            headers=request.headers,
            content=request.body or None,
            timeout=left,
            extensions={"trace": self._watch},
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise TransportError(f"the answer has more than {MAX_ANSWER} bytes")
                if time.monotonic() > deadline:
                    raise TransportError("the answer came too slowly")
            return Response(answer.status_code, dict(answer.headers), bytes(body))

    def _watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn the socket from httpx's documented trace events."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
