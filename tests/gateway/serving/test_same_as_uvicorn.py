"""What leaves is what uvicorn would send, byte for byte; only in fewer pieces."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from itertools import product

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tactful_gateway.serving.protocol import OneWriteProtocol
from tests.gateway.serving.test_answers import connected, hello, receive

LENGTH = (b"content-length", b"5")
LAST = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
LARGE = 2**24
"""Bytes of a body that fits into no buffer between server and client."""


REQUESTS = (
    b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n",
    b"PUT / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\nthere",
    LAST,
)
ANSWERS: tuple[tuple[int, tuple[tuple[bytes, bytes], ...], bytes], ...] = (
    (200, (LENGTH,), b"hello"),
    (200, ((b"Content-Length", b"5"), (b"X-Two", b"a"), (b"x-two", b"b")), b"hello"),
    (200, (LENGTH, LENGTH), b"hello"),
    (200, ((b"content-length", b"05"),), b"hello"),
    (200, (), b"hello"),
    (200, ((b"transfer-encoding", b"chunked"), LENGTH), b"hello"),
    (200, (LENGTH, (b"connection", b"close")), b"hello"),
    (204, (), b""),
    (304, ((b"content-length", b"0"),), b""),
)


async def answer(
    status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes, receive: Receive, send: Send
) -> None:
    """Answer with this, and look for the request afterwards."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    await receive()


async def exchange(address: tuple[str, int], request: bytes) -> bytes:
    """Give all that comes back until the connection ends; times are left out."""
    with socket.create_connection(address) as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(client, request + LAST)
        arrived = b""
        while part := await receive(client):
            arrived += part
    return re.sub(rb"(?<=\r\ndate: )[^\r]+", b"now", arrived)


async def test_an_answer_is_uvicorn_s_own() -> None:
    wanted = ANSWERS[0]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(*wanted, receive, send)

    async with connected(app, OneWriteProtocol) as here, connected(app, HttpToolsProtocol) as there:
        for request, wanted in product(REQUESTS, ANSWERS):  # noqa: B007 - the app looks at it
            ours, theirs = [await exchange(it.getpeername(), request) for it in (here, there)]
            assert ours == theirs
            assert b"\r\ndate: now\r\n" in ours


async def test_who_waits_for_the_client_while_another_answers_hears_that_it_is_over() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiting = asyncio.create_task(receive())
        await asyncio.sleep(0)
        await hello(scope, receive, send)
        for _ in range(10):
            await asyncio.sleep(0)
        heard.append(waiting.done() and waiting.result()["type"])

    heard: list[object] = []
    async with connected(app) as client:
        await asyncio.get_running_loop().sock_sendall(client, REQUESTS[0])
        while not heard:
            await asyncio.sleep(0)
    assert heard == ["http.disconnect"]


async def test_no_answer_is_written_to_who_does_not_read_the_one_before() -> None:
    answered = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal answered
        await answer(200, ((b"content-length", b"%d" % LARGE),), bytes(LARGE), receive, send)
        answered += 1

    async with connected(app) as client:
        await asyncio.get_running_loop().sock_sendall(client, 2 * REQUESTS[0] + LAST)
        while not answered:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert answered == 1
        arrived = 0
        while part := await receive(client):
            arrived += len(part)
    assert (answered, arrived > 3 * LARGE) == (3, True)
