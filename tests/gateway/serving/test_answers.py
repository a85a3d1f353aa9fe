"""How answers leave: in one piece where all of it is there, and no part of one waits for the rest."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tactful_gateway.serving.protocol import OneWriteProtocol
from tactful_gateway.serving.server import listen, make_server

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
DATA_SEGS_IN = slice(152, 156)
"""Where Linux tells in its `tcp_info` how many packets with anything in them a connection has received."""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the packets of a connection")


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once."""
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def connected(app: ASGIApp, http: type[asyncio.Protocol] = OneWriteProtocol) -> AsyncIterator[socket.socket]:
    """Serve an app, and give a connection to it."""
    with listen("127.0.0.1", 0) as listening:
        server = make_server(app)
        assert server.config.http is OneWriteProtocol
        server.config.http = http
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            with socket.create_connection(listening.getsockname()) as client:
                client.setblocking(False)
                yield client
        finally:
            server.should_exit = True
            await serving


async def ask(client: socket.socket, method: str = "GET", *headers: str) -> bytes:
    """Send a request, and give what arrives at first."""
    request = "".join(f"{line}\r\n" for line in (f"{method} / HTTP/1.1", "host: a", *headers, ""))
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, request.encode())
    return await receive(client)


async def receive(client: socket.socket) -> bytes:
    """Give what arrives next."""
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 65_536), 10)


def packets(client: socket.socket) -> int:
    """Count what arrived on a connection; one who reads late takes two packets for one."""
    return int.from_bytes(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)[DATA_SEGS_IN], sys.byteorder)


@LINUX
async def test_an_answer_arrives_in_one_piece() -> None:
    async with connected(hello) as client:
        answers = [await ask(client) for _ in range(5)]
        assert packets(client) == 5
    assert all(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\nhello") for answer in answers)


async def test_the_first_part_of_an_answer_does_not_wait_for_the_rest() -> None:
    seen = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await seen.wait()
        await send({"type": "http.response.body", "body": b"llo"})

    async with connected(slow) as client:
        answer = await ask(client)
        if answer.endswith(b"\r\n\r\n"):
            answer += await receive(client)
        assert answer.endswith(b"\r\n\r\nhe")
        seen.set()
        assert await receive(client) == b"llo"


async def test_who_fails_behind_the_head_answers_that_it_failed() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        raise ValueError

    async with connected(failing) as client:
        assert (await ask(client)).startswith(b"HTTP/1.1 500 ")


async def test_whoever_answers_twice_is_not_heard_the_second_time() -> None:
    async def insisting(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        await hello(scope, receive, send)

    async with connected(insisting) as client:
        answer = await ask(client)
        while part := await receive(client):
            answer += part
    assert answer.count(b"HTTP/1.1 200") == 1


async def test_another_answer_does_not_begin_within_one_that_has_begun() -> None:
    async def restarting(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await hello(scope, receive, send)

    async with connected(restarting) as client:
        answer = await ask(client)
        while part := await receive(client):
            answer += part
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.endswith(b"\r\n\r\nhe")


@pytest.mark.parametrize(("size", "body"), [(b"5", b"hell"), (b"5", b"hello!"), (b"5\r\nset-cookie: a=b", b"hello")])
async def test_whoever_gets_a_head_that_lies_sees_the_connection_end(size: bytes, body: bytes) -> None:
    async def lying(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", size)]})
        await send({"type": "http.response.body", "body": body})

    async with connected(lying) as client:
        answer = await ask(client)
        while part := await receive(client):
            answer += part
    assert b"set-cookie" not in answer
    assert b"hello" not in answer


async def test_each_of_several_answers_to_requests_sent_at_once_follows_its_own_head() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        body = scope["path"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    async with connected(echo) as client:
        paths = [b"/" + b"a" * size for size in range(20)]
        requests = b"".join(b"GET %s HTTP/1.1\r\nhost: a\r\n\r\n" % path for path in paths)
        await asyncio.get_running_loop().sock_sendall(client, requests)
        arrived = b""
        while arrived.count(b"HTTP/1.1 200") < len(paths) or not arrived.endswith(paths[-1]):
            arrived += await receive(client)
    assert [answer.rpartition(b"\r\n\r\n")[2] for answer in arrived.split(b"HTTP/1.1 200")[1:]] == paths


async def test_an_answer_without_a_body_arrives() -> None:
    async with connected(hello) as client:
        assert (await ask(client, "HEAD")).endswith(b"content-length: 5\r\n\r\n")
        assert (await ask(client)).endswith(b"hello")


async def test_the_last_answer_of_a_connection_arrives_before_its_end() -> None:
    async with connected(hello) as client:
        assert (await ask(client, "HEAD", "connection: close")).endswith(b"\r\n\r\n")
        assert await receive(client) == b""


async def test_whoever_asks_before_sending_a_body_is_told_to_go_on() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await send(START)
        await send({"type": "http.response.body", "body": message["body"]})

    async with connected(echo) as client:
        assert await ask(client, "PUT", "expect: 100-continue", "content-length: 5") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(client, b"there")
        answer = await receive(client)
        assert answer.endswith(b"\r\n\r\nthere")
