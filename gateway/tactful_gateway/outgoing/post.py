"""Sends an HTTP request to an address that was checked before it is connected to.

The checked number is what is connected to (the name stays in `Host` and in the TLS handshake), so a name server that
answers differently the second time changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import httpx

from tactful_gateway.outgoing.address import is_open, resolve
from tactful_gateway.outgoing.answer import ANSWER_LIMIT
from tactful_gateway.outgoing.echo import hide_own
from tactful_gateway.outgoing.errors import TransientError

CONNECTIONS = 8
"""Most connections of one pool."""
_PORTS = {"http": 80, "https": 443}


class Answer(NamedTuple):
    """What a destination answered; `body` is cut at a sane length, and a refusal's repeats nothing secret of ours."""

    status: int
    retry_after: str | None
    body: bytes


class Poster:
    """A pool of connections for requests that each are whole in themselves: no proxy, no cookies, no redirects.

    `timeout` is in seconds for a whole request, whatever number of addresses its host has.
    """

    def __init__(self, timeout: float, *, allow_private: bool) -> None:
        self._timeout = timeout
        self._allow_private = allow_private
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def open(self) -> None:
        """Get a connection pool; nothing is connected yet."""
        # A bare transport, not a client: no proxy, no cookies, no redirects. SSL_CERT_FILE is heeded.
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=CONNECTIONS))

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            await transport.aclose()

    async def send(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request and give the answer, whatever its status.

        Raises:
            TransientError: nobody was reached, or no answer came in time.
        """
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._send(method, url, headers, body)
        except TimeoutError as error:
            raise TransientError(f"no answer within {self._timeout:g} s") from error
        if 200 <= answer.status < 300:
            return answer
        cut = len(answer.body) == ANSWER_LIMIT
        return answer._replace(body=hide_own(answer.body, url, headers, cut=cut))

    async def _send(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        failure: httpx.TransportError | None = None
        addresses = await self._addresses(url)
        for address in addresses:
            all_headers = {"host": url.netloc.decode("ascii"), "user-agent": "tactful", "accept-encoding": "identity"}
            request = httpx.Request(
                method,
                url.copy_with(host=address),
                headers=httpx.Headers({**all_headers, **headers}, encoding="utf-8"),
                content=body,
                extensions={
                    "sni_hostname": url.raw_host.decode("ascii").strip("[]"),
                    "timeout": {"connect": self._timeout / len(addresses)},
                },
            )
            try:
                return await self._exchange(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            except httpx.TransportError as error:
                raise TransientError(f"the connection broke: {type(error).__name__}") from error
        raise TransientError("the destination can't be connected to") from failure

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        try:
            addresses = await resolve(url.host, url.port or _PORTS[url.scheme])
        except (OSError, UnicodeError) as error:
            raise TransientError("the destination's name can't be resolved") from error
        if not self._allow_private and not all(is_open(address) for address in addresses):
            raise TransientError(
                "the destination's name leads to a private address; "
                "add `allow_private: true` if it may be in your own network"
            )
        return addresses

    async def _exchange(self, request: httpx.Request) -> Answer:
        assert self._transport is not None, "send is called between open and close"
        response = await self._transport.handle_async_request(request)
        try:
            return Answer(response.status_code, response.headers.get("retry-after"), await _read(response))
        finally:
            await response.aclose()


async def _read(response: httpx.Response) -> bytes:
    """Read what is kept of an answer; the rest of an endless one is left unread."""
    answer = b""
    async for part in response.aiter_raw():
        answer += part
        if len(answer) >= ANSWER_LIMIT:
            break
    return answer[:ANSWER_LIMIT]
