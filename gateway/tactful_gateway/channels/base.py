"""What every sent channel promises, and what one is given to send.

A message knows the person's address and an open link: its `repr` says neither, so no log line and no traceback can.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from msgspec import Struct


class Message(Struct, frozen=True, kw_only=True):
    """One invitation on its way out, or a reminder of it.

    `id` is the idempotency id: the same at every attempt, another for each reminder. `title` is the questionnaire's, in
    `locale`; empty, a channel has words of its own. `params` are those the invitation may show. `reminder` is 0 for
    the ask itself and counts up.
    """

    id: str
    channel: str
    invitation: str
    person: str
    address: str
    title: str
    url: str
    opt_out_url: str
    params: dict[str, Any] = {}
    locale: str = "en"
    reminder: int = 0

    def __repr__(self) -> str:
        return f"<Message {self.id} over {self.channel}>"


class Receipt(NamedTuple):
    """The provider has accepted a message; `message_id` is its name for it, where it gave one."""

    message_id: str | None = None


class Courier(Protocol):
    """Hands messages of one channel to its provider; several may be on their way at once."""

    async def open(self) -> None:
        """Get ready; nothing needs to be connected yet."""

    async def send(self, message: Message) -> Receipt:
        """Hand over one message; returning means that the provider is answerable for it now.

        Raises:
            TransientError: it may or may not have arrived; the same message may be sent again.
            PermanentError: it is refused for good.
        """

    async def close(self) -> None:
        """Let go of connections; also without `open` before, and twice."""
