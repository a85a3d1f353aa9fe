"""ASGI middleware (Starlette, FastAPI, Litestar, Quart, Django): touchpoints of a request know its person and browser.

It adds nothing to a request but a reference to its scope; headers are read when a touchpoint is called.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from tactful.context import Carried, Known, Person, carried
from tactful.headers import known_from

Scope: TypeAlias = MutableMapping[str, Any]
_App: TypeAlias = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class TactfulMiddleware:
    """Wraps an ASGI application.

    `person(scope)` gives an id, a map with `id` and traits, or None; it may be a coroutine function if the app uses
    `AsyncTactful`. It is called when a touchpoint leaves `person` out, so it sees what inner middlewares put into the
    scope (a session, a user).
    """

    def __init__(self, app: _App, *, person: Callable[[Scope], Person | Awaitable[Person]] | None = None) -> None:
        self._app = app
        self._person = person

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Answer a request; whatever else (a lifespan) is passed on as it is."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        tell = self._person
        request = Carried(None if tell is None else lambda: tell(scope), lambda: _known(scope))
        with carried(request):
            await self._app(scope, receive, send)


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
