"""Tells browsers which pages may read answers; who may write is checked where the key is read, not here.

A call with a page key is reflected to its origin if some page key lists it (`Vary: Origin`). An invitation's token is
its own credential, so those routes are open to any page. No cookies exist, so credentials are never allowed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope

from tactful_gateway.http.middleware.responder import Responder
from tactful_gateway.http.reading.headers import read_header

OPEN = "/v1/invitations/"
REFLECTED = ("/v1/touchpoints", "/v1/widget")
_MARKED = (OPEN, *REFLECTED)
METHODS = "GET, POST, PUT"
ALLOWED_HEADERS = "authorization, content-type, x-tactful-identity"
_ASKED_METHOD = b"access-control-request-method"
_VARY = (b"vary", b"Origin")
_EXPOSED = (b"access-control-expose-headers", b"retry-after")
MAX_AGE = "7200"
"""Seconds a browser may keep a preflight's answer; Chromium's own limit."""


class Cors:
    """Adds CORS headers for the routes that pages call, and answers their preflights."""

    def __init__(self, respond: Responder, knows_origin: Callable[[str], bool]) -> None:
        self._respond = respond
        self._knows_origin = knows_origin

    def __call__(self, scope: Scope, receive: Receive) -> Awaitable[Response]:
        """Answer a preflight, or pass the request on and mark its answer."""
        path = scope["path"]
        if not path.startswith(_MARKED):
            return self._respond(scope, receive)
        origin = read_header(scope, b"origin")
        if origin is None and path.startswith(OPEN):
            return self._respond(scope, receive)
        return self._marked(scope, receive, path, origin)

    async def _marked(self, scope: Scope, receive: Receive, path: str, origin: str | None) -> Response:
        allowed = self._allowed(path, origin)
        if scope["method"] == "OPTIONS" and origin is not None and read_header(scope, _ASKED_METHOD) is not None:
            return _preflight(allowed)
        response = await self._respond(scope, receive)
        if path.startswith(REFLECTED):
            response.raw_headers.append(_VARY)
        if allowed is not None:
            response.raw_headers += ((b"access-control-allow-origin", allowed.encode("latin-1")), _EXPOSED)
        return response

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
