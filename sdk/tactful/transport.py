"""What carries one request to the gateway and its answer back: implement it to put something else than HTTP between.

A transport never retries, follows no redirect and knows nothing of touchpoints; an error status is an answer, not an
exception.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

__all__ = ["AsyncTransport", "Request", "Response", "Transport", "TransportError"]


class TransportError(Exception):
    """No answer came from the gateway."""


class Request(Struct, frozen=True):
    """One HTTP request below the gateway's address.

    `path` starts with "/" and carries the query, if any. `headers` have lower-case names and include `authorization`.
    """

    method: str
    path: str
    headers: dict[str, str] = {}
    body: bytes = b""


class Response(Struct, frozen=True):
    """What the gateway answered; `headers` have lower-case names."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""


class Transport(Protocol):
    """Sends requests for `Tactful`; called by several threads at once.

    After a fork the child goes on with the same object, unless it is the SDK's own: what cannot be shared between
    processes has to notice the fork by itself.
    """

    def send(self, request: Request, timeout: float) -> Response:
        """Give the answer within about `timeout` seconds, or raise `TransportError`.

        The client keeps its own deadline whatever this does: a late answer is thrown away.
        """

    def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""


class AsyncTransport(Protocol):
    """Sends requests for `AsyncTactful`, all on one event loop; cancelled when the client's deadline passes."""

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - the client cancels, this is advice
        """Give the answer within about `timeout` seconds, or raise `TransportError`."""

    async def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""
