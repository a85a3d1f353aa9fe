"""What every sink promises, and the two ways in which a delivery fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from tactful_rules.model.ids import Instant, Span


class Delivery(Struct, frozen=True):
    """One event on its way out: the same `id` and `body` at every attempt."""

    seq: int
    id: str
    type: str
    subject: str
    at: Instant
    body: bytes


class TransientError(Exception):
    """The destination can't take it now; the same delivery is tried again.

    `retry_after` (milliseconds) is the destination's own wish, if it named one. The message is logged and shown, so it
    never holds anything that was sent.
    """

    def __init__(self, message: str, retry_after: Span | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(Exception):
    """The destination refuses this delivery for good; it goes to the dead letters with this message.

    `answer` is what the destination said, cut to a sane length. It may echo what was sent, so it is kept with the dead
    letter and never logged.
    """

    def __init__(self, message: str, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer


class GoneError(Exception):
    """The destination wants nothing more (HTTP 410); the sink stops until it is started again."""


class Sink(Protocol):
    """A destination of journal events.

    `batch` is how many deliveries one call may carry (1 for a webhook).
    """

    batch: int

    async def open(self) -> None:
        """Get ready: open the file, the connection."""

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Hand over deliveries in order; returning means that the destination has all of them durably.

        Raises:
            TransientError: none or some arrived; all are tried again.
            PermanentError: none arrived; with several, each is tried alone to find the bad one.
            GoneError: the destination is closed.
        """

    async def close(self) -> None:
        """Let go of files and connections."""
