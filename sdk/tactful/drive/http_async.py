"""HTTP by httpx for one event loop; cancelling the call at the client's deadline drops its connection."""

from __future__ import annotations

import httpx

from tactful.drive.http import AGENT, KEEP_ALIVE, MAX_ANSWER, tls_for
from tactful.transport import Request, Response, TransportError


class AsyncHttpTransport:
    """The transport of `AsyncTactful`."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=32, keepalive_expiry=KEEP_ALIVE)
        self._client = httpx.AsyncClient(
            base_url=url, verify=tls_for(url), limits=limits, headers=AGENT, follow_redirects=False
        )
        self._used = False

    async def send(self, request: Request, timeout: float) -> Response:  # noqa: ASYNC109 - the client cancels
        """Give the answer, or raise `TransportError`."""
        used, self._used = self._used, True
        try:
            try:
                return await self._send(request, timeout)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A kept connection may have been closed just now; every request of the SDK may be sent twice.
                if not used:
                    raise
                return await self._send(request, timeout)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise TransportError(f"{type(error).__name__}: {error}".rstrip(": ")) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send(self, request: Request, seconds: float) -> Response:
        async with self._client.stream(
            request.method, request.path, headers=request.headers, content=request.body or None, timeout=seconds
        ) as answer:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    break  # an error raised here would keep the iterator until somebody forgets the error
        if len(body) > MAX_ANSWER:
            raise TransportError(f"the answer has more than {MAX_ANSWER} bytes")
        return Response(answer.status_code, dict(answer.headers), bytes(body))
