"""Sends each message as one request to the provider; the idempotency id goes along as `Idempotency-Key`."""

from __future__ import annotations

from tactful_gateway.channels.base import Message, Receipt
from tactful_gateway.channels.http.config import HttpConfig, check
from tactful_gateway.channels.http.pointer import find_text
from tactful_gateway.channels.http.request import make_request
from tactful_gateway.channels.kind import ChannelKind
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.answer import ANSWER_LIMIT, refuse
from tactful_gateway.outgoing.errors import GoneError, PermanentError
from tactful_gateway.outgoing.post import Answer, Poster

TIMEOUT = 30.0


class HttpCourier:
    """Any provider's API."""

    def __init__(self, config: HttpConfig, clock: Clock, timeout: float = TIMEOUT) -> None:
        self._config = config
        self._clock = clock
        self._poster = Poster(timeout, allow_private=config.allow_private)

    async def open(self) -> None:
        """Get a connection pool; nothing is connected yet."""
        await self._poster.open()

    async def send(self, message: Message) -> Receipt:
        """Send one request and read the provider's name for the message."""
        request = make_request(self._config, message)
        answer = await self._poster.send(request.method, request.url, request.headers, request.body)
        self._judge(answer)
        pointer = self._config.message_id
        return Receipt(None if pointer is None else find_text(pointer, answer.body))

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()

    def _judge(self, answer: Answer) -> None:
        status = answer.status
        if status in self._config.ok or (not self._config.ok and 200 <= status < 300):
            return
        try:
            refuse(status, answer.retry_after, answer.body, self._clock.now())
        except GoneError as error:  # that of one message; the channel goes on
            raise PermanentError(str(error), answer.body[:ANSWER_LIMIT].decode("utf-8", "replace")) from error


KIND = ChannelKind("http", HttpConfig, HttpCourier, check)
