"""Posts each event alone, signed anew at every attempt, to an address that was checked before it is connected to.

The checked number is what is connected to (the name stays in `Host` and in the TLS handshake), so a name server that
answers differently the second time changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from tactful_gateway.clock import Clock
from tactful_gateway.sinks.base import Delivery, TransientError
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.webhook.address import is_open, resolve
from tactful_gateway.sinks.webhook.answer import ANSWER_LIMIT, judge
from tactful_gateway.sinks.webhook.config import WebhookConfig, check
from tactful_gateway.sinks.webhook.signature import read_secret, signed_headers
from tactful_rules.model.ids import Instant

_PORTS = {"http": 80, "https": 443}


class WebhookSink:
    """A Standard Webhooks sender."""

    batch = 1

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config
        self._url = httpx.URL(config.url)
        self._keys = [key for secret in config.secrets if (key := read_secret(secret)) is not None]
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def open(self) -> None:
        """Get a connection pool; nothing is connected yet."""
        # A bare transport, not a client: no proxy, no cookies, no redirects. SSL_CERT_FILE is heeded.
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=4))

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Post each delivery and wait for its answer."""
        for delivery in deliveries:
            try:
                async with asyncio.timeout(self._config.timeout):
                    status, retry_after, answer = await self._post(delivery, now)
            except TimeoutError as error:
                raise TransientError(f"no answer within {self._config.timeout:g} s") from error
            judge(status, retry_after, answer, now)

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            await transport.aclose()

    async def _post(self, delivery: Delivery, now: Instant) -> tuple[int, str | None, bytes]:
        failure: httpx.TransportError | None = None
        addresses = await self._addresses()
        for address in addresses:
            try:
                return await self._post_to(address, self._config.timeout / len(addresses), delivery, now)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            except httpx.TransportError as error:
                raise TransientError(f"the connection broke: {type(error).__name__}") from error
        raise TransientError("the destination can't be connected to") from failure

    async def _addresses(self) -> Sequence[str]:
        try:
            addresses = await resolve(self._url.host, self._url.port or _PORTS[self._url.scheme])
        except (OSError, UnicodeError) as error:
            raise TransientError("the destination's name can't be resolved") from error
        if not self._config.allow_private and not all(is_open(address) for address in addresses):
            raise TransientError(
                "the destination's name leads to a private address; "
                "add `allow_private: true` if this sink may reach your own network"
            )
        return addresses

    async def _post_to(
        self, address: str, patience: float, delivery: Delivery, now: Instant
    ) -> tuple[int, str | None, bytes]:
        assert self._transport is not None, "deliver is called between open and close"
        request = httpx.Request(
            "POST",
            self._url.copy_with(host=address),
            headers=self._headers(delivery, now),
            content=delivery.body,
            extensions={
                "sni_hostname": self._url.raw_host.decode("ascii").strip("[]"),
                "timeout": {"connect": patience},
            },
        )
        response = await self._transport.handle_async_request(request)
        try:
            return response.status_code, response.headers.get("retry-after"), await _read(response)
        finally:
            await response.aclose()

    def _headers(self, delivery: Delivery, now: Instant) -> dict[str, str]:
        return {
            "host": self._url.netloc.decode("ascii"),
            "content-type": "application/json",
            "user-agent": "tactful",
            "accept-encoding": "identity",
            **{name.lower(): value for name, value in self._config.headers.items()},
            **signed_headers(self._keys, delivery.id, now, delivery.body),
        }


async def _read(response: httpx.Response) -> bytes:
    """Read what is kept of an answer; the rest of an endless one is left unread."""
    answer = b""
    async for part in response.aiter_raw():
        answer += part
        if len(answer) >= ANSWER_LIMIT:
            break
    return answer[:ANSWER_LIMIT]


def _build(config: WebhookConfig, _: Clock) -> WebhookSink:
    return WebhookSink(config)


KIND = SinkKind("webhook", WebhookConfig, _build, check)
