"""Has an answer leave in one piece: uvicorn writes its head and then its body, each a system call and a packet.

Answers have few different heads, so each is checked and written out once. Whatever is not plain goes uvicorn's own way:
a body in parts, one whose length the head does not say, an answer to HEAD, or the last one of its connection.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
_NOT_PLAIN = frozenset({b"connection", b"transfer-encoding"})
"""Headers that say how the body comes, or what becomes of the connection."""


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, whose answers leave head and body at once."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]  # as ASGI has it
        def answer(scope: Scope, receive: Receive, _: Send) -> Awaitable[None]:
            return app(scope, receive, _Answer(cycle).send)

        super()._start_asgi_task(cycle, answer)  # type: ignore[arg-type]  # uvicorn has types of its own for ASGI's


class _Answer:
    """One answer on its way out; its head waits for the first part of the body, as ASGI wants it."""

    __slots__ = ("_cycle", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Take the next part of the answer."""
        if self._start is not None:
            start, self._start = self._start, None
            if self._leaves_at_once(start, message):
                return
            await self._cycle.send(start)  # type: ignore[arg-type]
        elif message["type"] == "http.response.start" and not self._cycle.response_started:
            self._start = message
            return
        await self._cycle.send(message)  # type: ignore[arg-type]

    def _leaves_at_once(self, start: Message, last: Message) -> bool:
        cycle, body = self._cycle, last.get("body", b"")
        plain = cycle.keep_alive and not (last.get("more_body") or cycle.disconnected or cycle.flow.write_paused)
        if not plain or cycle.scope["method"] == "HEAD":
            return False
        head = _write_head(start["status"], (*cycle.default_headers, *start.get("headers", ())), len(body))
        if head is None:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(head + body)
        cycle.message_event.set()
        cycle.on_response()
        return True


@lru_cache(maxsize=1024)
def _write_head(status: int, headers: Headers, size: int) -> bytes | None:
    """Write the head of an answer with so many bytes behind it, None where it is not plain, or wrong."""
    lines = [STATUS_LINE[status]]
    sizes: list[bytes] = []
    for name, value in headers:
        lower = name.lower()
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or lower in _NOT_PLAIN:
            return None
        if lower == b"content-length":
            sizes.append(value)
        lines += (lower, b": ", value, b"\r\n")
    return b"".join((*lines, b"\r\n")) if sizes == [b"%d" % size] else None
