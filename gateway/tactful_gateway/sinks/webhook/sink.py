"""Posts each event alone, signed anew at every attempt."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.answer import judge
from tactful_gateway.outgoing.post import Poster
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.webhook.config import WebhookConfig, check
from tactful_gateway.sinks.webhook.signature import read_secret, signed_headers
from tactful_rules.model.ids import Instant


class WebhookSink:
    """A Standard Webhooks sender."""

    batch = 1

    def __init__(self, config: WebhookConfig) -> None:
        self._headers = {name.lower(): value for name, value in config.headers.items()}
        self._url = httpx.URL(config.url)
        self._keys = [key for secret in config.secrets if (key := read_secret(secret)) is not None]
        self._poster = Poster(config.timeout, allow_private=config.allow_private)

    async def open(self) -> None:
        """Get a connection pool; nothing is connected yet."""
        await self._poster.open()

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Post each delivery and wait for its answer."""
        for delivery in deliveries:
            signed = signed_headers(self._keys, delivery.id, now, delivery.body)
            headers = {"content-type": "application/json", **self._headers, **signed}
            status, retry_after, answer = await self._poster.send("POST", self._url, headers, delivery.body)
            judge(status, retry_after, answer, now)

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


def _build(config: WebhookConfig, _: Clock) -> WebhookSink:
    return WebhookSink(config)


KIND = SinkKind("webhook", WebhookConfig, _build, check, address=("url",))
