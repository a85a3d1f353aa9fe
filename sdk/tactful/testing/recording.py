"""Transports that keep what passes through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tactful.testing.script import ScriptedTransport
from tactful.transport import AsyncTransport, Request, Response, Transport


class RecordingTransport:
    """Passes requests on and keeps them; `requests` and `touchpoints` say what was sent, in order."""

    def __init__(self, inner: Transport) -> None:
        self.requests: list[Request] = []
        self._inner = inner

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return touchpoints_in(self.requests)

    def send(self, request: Request, timeout: float) -> Response:
        """Keep the request and pass it on."""
        self.requests.append(request)
        return self._inner.send(request, timeout)

    def close(self) -> None:
        """Close what it passes on to."""
        self._inner.close()


class AsyncRecordingTransport:
    """`RecordingTransport` for `AsyncTactful`; also takes a transport for threads that answers at once."""

    def __init__(self, inner: AsyncTransport | ScriptedTransport) -> None:
        self.requests: list[Request] = []
        self._inner = inner

    @property
    def touchpoints(self) -> list[dict[str, Any]]:
        """The bodies of the touchpoint calls."""
        return touchpoints_in(self.requests)

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - the protocol's
        """Keep the request and pass it on."""
        self.requests.append(request)
        if isinstance(self._inner, ScriptedTransport):
            return self._inner.send(request, timeout)
        return await self._inner.send(request, timeout)

    async def close(self) -> None:
        """Close what it passes on to."""
        if not isinstance(self._inner, ScriptedTransport):
            await self._inner.close()


def touchpoints_in(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Give the bodies of the touchpoint calls among requests."""
    return [msgspec.json.decode(request.body) for request in requests if request.path == "/v1/touchpoints"]
