"""A real HTTP server on loopback that keeps what it gets and answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import uvicorn


class Request(NamedTuple):
    """One request as it came in; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    query: str


class Answer(NamedTuple):
    """What to answer, and after how many seconds."""

    status: int = 204
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    delay: float = 0.0


class Receiver:
    """Takes requests and answers each with `answer(request)`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer] = lambda _: Answer()
        self.accepted: list[Request] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        request = Request(scope["path"], headers, body, scope["query_string"].decode())
        self.requests.append(request)
        answer = self.answer(request)
        if 200 <= answer.status < 300:
            self.accepted.append(request)
        await asyncio.sleep(answer.delay)
        raw = [(name.encode(), value.encode()) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})


@asynccontextmanager
async def running_receiver() -> AsyncIterator[Receiver]:
    """Start a receiver on a free port and stop it at the end."""
    receiver = Receiver()
    config = uvicorn.Config(
        receiver, port=0, lifespan="off", log_config=None, ws="none", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())  # not serve(): it would take over the process's signals
    while not server.started:
        await asyncio.sleep(0.005)
    receiver.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task
