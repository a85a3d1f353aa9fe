"""ASGI middleware (Starlette, FastAPI, Litestar, Quart, Django): touchpoints of a request know its person and browser.

It adds nothing to a request but a reference to its scope; headers are read when a touchpoint is called.

What surprises: at the server's end it lets all clients of the process send what they have. uvicorn, for one, ends by
the signal that stopped it, so the interpreter's exit, which does that elsewhere, never comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from tactful.async_client import AsyncTactful
from tactful.client import Tactful
from tactful.context import Carried, Known, Person, carried
from tactful.drive.lifecycle import AT_EXIT, Leaving, living
from tactful.headers import known_from

__all__ = ["TactfulMiddleware"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[Message]]
_Send: TypeAlias = Callable[[Message], Awaitable[None]]
_App: TypeAlias = Callable[[Scope, _Receive, _Send], Awaitable[None]]


class TactfulMiddleware:
    """Wraps an ASGI application.

    `person(scope)` gives an id, a map with `id` and traits, or None; it may be a coroutine function if the app uses
    `AsyncTactful`. It is called when a touchpoint leaves `person` out, so it sees what inner middlewares put into the
    scope (a session, a user).
    """

    def __init__(self, app: _App, *, person: Callable[[Scope], Person | Awaitable[Person]] | None = None) -> None:
        self._app = app
        self._person = person

    async def __call__(self, scope: Scope, receive: _Receive, send: _Send) -> None:
        """Answer a request, or see to the server's start and end."""
        if scope["type"] == "lifespan":
            await _Lifespan(receive, send).run(self._app, scope)
            return
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        tell = self._person
        request = Carried(None if tell is None else lambda: tell(scope), lambda: _known(scope))
        with carried(request):
            await self._app(scope, receive, send)


class _Lifespan:
    """The server's start and end; an application that wants to know nothing of them (Django) is spared them."""

    def __init__(self, receive: _Receive, send: _Send) -> None:
        self._receive = receive
        self._send = send
        self._begun = False

    async def run(self, app: _App, scope: Scope) -> None:
        try:
            await app(scope, self._receive_theirs, self._send_theirs)
        except Exception:
            if self._begun:
                raise
            await self._run_alone()

    async def _receive_theirs(self) -> Message:
        message = await self._receive()
        self._begun = True
        return message

    async def _send_theirs(self, message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown"):
            await _flush_all()
        await self._send(message)

    async def _run_alone(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "lifespan.shutdown":
                await _flush_all()
            await self._send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def _flush_all() -> None:
    try:
        async with asyncio.timeout(AT_EXIT):
            await asyncio.gather(*(_flush(client) for client in living()))
    except Exception as error:  # noqa: BLE001 - a server that ends must not fail because we do
        logging.getLogger("tactful").warning("Not all that was counted could be sent at the server's end: %r", error)


async def _flush(client: Leaving) -> None:
    if isinstance(client, AsyncTactful):
        await client.leave_loop(AT_EXIT)
    elif isinstance(client, Tactful):
        await asyncio.to_thread(client.flush, AT_EXIT)


def _known(scope: Mapping[str, Any]) -> Known:
    headers = {name.lower(): value.decode("latin-1") for name, value in reversed(list(scope["headers"]))}
    host = headers.get(b"host") or _address(scope.get("server"))
    path = scope["path"]
    return known_from(
        url=f"{scope.get('scheme', 'http')}://{host}{path}" if host else None,
        path=path,
        referrer=headers.get(b"referer"),
        languages=headers.get(b"accept-language"),
        agent=headers.get(b"user-agent"),
    )


def _address(server: tuple[str, int | None] | None) -> str | None:
    if server is None:
        return None
    host, port = server
    return host if port is None else f"{host}:{port}"
