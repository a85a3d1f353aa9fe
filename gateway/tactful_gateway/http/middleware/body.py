"""Reads the whole body before anyone works on it: no larger than its call takes, and within the time allowed.

What arrives is counted, whatever Content-Length says or leaves out. A body that is too large, or whose sender may not
send a large one, is still read, up to a point, and thrown away: closing a connection with unread bytes resets it, and
then the client never sees the answer that tells it why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

from tactful_gateway.http.middleware.deadline import Deadline, resumed
from tactful_gateway.http.middleware.responder import Responder
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.headers import read_header
from tactful_rules.model.ids import Span

MAX_BODY = 65_536
"""Bytes of a body, where its operation says nothing else."""
MAX_BATCH = 2**20
MAX_READ = 4 * 2**20
"""Bytes of a body that is too large which are read, and thrown away, before its sender is cut off."""
BODY = "tactful.body"
"""Where in the scope the body stands; nobody else reads it from the connection."""
FindLimit: TypeAlias = Callable[[Scope], int]
"""Gives how many bytes the body of a request may have; raises an ApiError where its sender may not send it at all."""
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class BodyLimit:
    """Hands over complete bodies only.

    Raises (for the error table): `body_too_large`, `body_timeout`; and ClientDisconnect.
    """

    def __init__(self, respond: Responder, timeout: Span, larger: Mapping[str, FindLimit]) -> None:
        """Take `larger` bodies at these paths, from those who may send them."""
        self._respond = respond
        self._deadline = Deadline(timeout / 1000)
        self._larger = larger

    def __call__(self, scope: Scope, receive: Receive) -> Awaitable[Response]:
        """Read the body, then pass the request on with it."""
        if scope["method"] in _BODILESS:
            return self._respond(scope, receive)
        declared = read_header(scope, b"content-length") or ""
        if declared.isdecimal() and int(declared[:20]) > MAX_READ:
            raise ApiError("body_too_large", hang_up=True)
        limit, refusal = MAX_BODY, None
        if (find_limit := self._larger.get(scope["path"])) is not None:
            try:
                limit = find_limit(scope)
            except ApiError as error:
                limit, refusal = 0, error
        reading = _read(scope, receive, limit, refusal)
        try:
            awaited = reading.send(None)
        except StopIteration:  # nearly always: all of it came with the head
            return self._respond(scope, receive)
        return self._wait(scope, receive, resumed(reading, awaited))

    async def _wait(self, scope: Scope, receive: Receive, rest: Awaitable[None]) -> Response:
        try:
            await self._deadline.wait(rest)
        except TimeoutError:
            raise ApiError("body_timeout", hang_up=True) from None
        return await self._respond(scope, receive)


async def _read(scope: Scope, receive: Receive, limit: int, refusal: ApiError | None) -> None:
    """Put a body into the scope, unless it is larger than the limit or refused, whatever its size."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_READ:
            raise ApiError("body_too_large", hang_up=True)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not message.get("more_body", False):
            break
    if refusal is not None:
        raise refusal
    if size > limit:
        raise ApiError("body_too_large", detail=f"It has {size} bytes, and {limit} are the most.")
    scope[BODY] = chunks[0] if len(chunks) == 1 else b"".join(chunks)
