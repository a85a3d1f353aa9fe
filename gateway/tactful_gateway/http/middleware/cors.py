"""Tells browsers which pages may read answers; who may write is checked where the key is read, not here.

A call with a page key is reflected to its origin if some page key lists it (`Vary: Origin`). An invitation's token is
its own credential, so those routes are open to any page. No cookies exist, so credentials are never allowed.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tactful_gateway.http.reading.headers import read_header

OPEN = "/v1/invitations/"
REFLECTED = ("/v1/touchpoints", "/v1/widget")
_MARKED = (OPEN, *REFLECTED)
METHODS = "GET, POST, PUT"
ALLOWED_HEADERS = "authorization, content-type, x-tactful-identity"
_ASKED_METHOD = b"access-control-request-method"
MAX_AGE = "7200"
"""Seconds a browser may keep a preflight's answer; Chromium's own limit."""


class Cors:
    """Adds CORS headers for the routes that pages call, and answers their preflights."""

    def __init__(self, app: ASGIApp, knows_origin: Callable[[str], bool]) -> None:
        self.app = app
        self._knows_origin = knows_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on and mark its answer."""
        path = scope["path"]
        if not path.startswith(_MARKED):
            await self.app(scope, receive, send)
            return
        origin = read_header(scope, b"origin")
        if origin is None and path.startswith(OPEN):
            await self.app(scope, receive, send)
            return
        allowed = self._allowed(path, origin)
        if scope["method"] == "OPTIONS" and origin is not None and read_header(scope, _ASKED_METHOD) is not None:
            await _preflight(allowed)(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                outgoing = MutableHeaders(scope=message)
                if path.startswith(REFLECTED):
                    outgoing.add_vary_header("Origin")
                if allowed is not None:
                    outgoing["access-control-allow-origin"] = allowed
                    outgoing["access-control-expose-headers"] = "retry-after"
            await send(message)

        await self.app(scope, receive, add)

    def _allowed(self, path: str, origin: str | None) -> str | None:
        if origin is None:
            return None
        if path.startswith(OPEN):
            return "*"
        return origin if self._knows_origin(origin) else None


def _preflight(allowed: str | None) -> Response:
    headers = {"vary": "Origin"}
    if allowed is not None:
        headers |= {
            "access-control-allow-origin": allowed,
            "access-control-allow-methods": METHODS,
            "access-control-allow-headers": ALLOWED_HEADERS,
            "access-control-max-age": MAX_AGE,
        }
    return Response(status_code=204, headers=headers)
