"""Drives a server over keep-alive connections, each of which waits for its answer before the next request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

OnAnswer = Callable[[bytes], None]


class AnswerError(Exception):
    """The server answered with a status that is no success."""

    def __init__(self, status: str, body: bytes) -> None:
        super().__init__(f"{status} {body.decode(errors='replace')}")
        self.status, self.body = status, body


class Drive(Struct, frozen=True):
    """Requests a second, and how long each waited for its answer, in seconds."""

    rate: float
    waits: list[float]


async def drive(port: int, requests: Iterator[bytes], connections: int, on_answer: OnAnswer | None = None) -> Drive:
    """Send all requests to a port of this machine, and tell the body of each answer.

    Raises:
        AnswerError: an answer was no success.
        OSError: the server refuses connections, or closes one.
    """
    waits = list[float]()
    started = time.perf_counter()
    await asyncio.gather(*(_worker(port, requests, waits, on_answer) for _ in range(connections)))
    return Drive(len(waits) / (time.perf_counter() - started), waits)


async def _worker(port: int, requests: Iterator[bytes], waits: list[float], on_answer: OnAnswer | None) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in requests:
            sent = time.perf_counter()
            writer.write(request)
            body = await read_answer(reader)
            waits.append(time.perf_counter() - sent)
            if on_answer is not None:
                on_answer(body)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Give the body of an answer.

    Raises:
        AnswerError: it is no success.
        ConnectionError: the server closed the connection.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError("the server closed a connection before it answered") from error
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
        raise AnswerError(head.split(maxsplit=2)[1].decode(), body)
    return body


def write_request(method: str, path: str, body: bytes, key: str = "") -> bytes:
    """Write one request as it goes over the wire."""
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = f"{method} {path} HTTP/1.1\r\nhost: a\r\n{authorization}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body
