"""How answers leave: in one piece where all of it is there, and no part of one waits for the rest."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from tactful_gateway.serving.server import listen, make_server

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
TIMES = 50
"""Two packets might come together by chance, but not so often."""


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once."""
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def connected(app: ASGIApp) -> AsyncIterator[socket.socket]:
    """Serve an app, and give a connection to it."""
    with listen("127.0.0.1", 0) as listening:
        server = make_server(app)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        with socket.create_connection(listening.getsockname()) as client:
            client.setblocking(False)
            yield client
        server.should_exit = True
        await serving


async def ask(client: socket.socket, method: str = "GET", *headers: str) -> bytes:
    """Send a request, and give what arrives at first."""
    request = "".join(f"{line}\r\n" for line in (f"{method} / HTTP/1.1", "host: a", *headers, ""))
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, request.encode())
    return await asyncio.wait_for(loop.sock_recv(client, 65_536), 10)


async def test_an_answer_arrives_in_one_piece() -> None:
    async with connected(hello) as client:
        answers = [await ask(client) for _ in range(TIMES)]
    assert all(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\nhello") for answer in answers)


async def test_a_head_does_not_wait_for_a_slow_body() -> None:
    seen = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await seen.wait()
        await send({"type": "http.response.body", "body": b"hello"})

    async with connected(slow) as client:
        assert (await ask(client)).endswith(b"\r\n\r\n")
        seen.set()
        assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 10) == b"hello"


async def test_an_answer_without_a_body_arrives() -> None:
    async with connected(hello) as client:
        assert (await ask(client, "HEAD")).endswith(b"content-length: 5\r\n\r\n")
        assert (await ask(client)).endswith(b"hello")


async def test_the_last_answer_of_a_connection_arrives_before_its_end() -> None:
    async with connected(hello) as client:
        assert (await ask(client, "HEAD", "connection: close")).endswith(b"\r\n\r\n")
        assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 10) == b""


async def test_whoever_asks_before_sending_a_body_is_told_to_go_on() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await send(START)
        await send({"type": "http.response.body", "body": message["body"]})

    async with connected(echo) as client:
        assert await ask(client, "PUT", "expect: 100-continue", "content-length: 5") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(client, b"there")
        answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 65_536), 10)
        assert answer.endswith(b"\r\n\r\nthere")
