"""How a channel's sending is doing, counted since the gateway started; what waits is the store's to say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import Span

ChannelState = Literal["ok", "failing"]
REFUSALS = 5
"""Refusals in a row that are no chance any more."""


class ChannelStatus(Struct, kw_only=True):
    """One sent channel's state.

    `failing` once the provider itself can't be used, or has refused `REFUSALS` messages in a row, until it accepts one:
    that one person's mailbox is busy says nothing of it. `refused` counts those since the last that it accepted.

    Every message that was handed over ended as `sent`, `retried` (it goes again) or `failed` (for good); `sending` are
    under way. `lag` is how late the earliest message was that waited when the lane was looked at last, in milliseconds.
    """

    id: str
    kind: str
    state: ChannelState = "ok"
    sent: int = 0
    retried: int = 0
    failed: int = 0
    sending: int = 0
    refused: int = 0
    lag: Span = 0

    def accept(self) -> None:
        """Count a message that the provider accepted."""
        self.sent += 1
        self.refused = 0
        self.state = "ok"

    def refuse(self, *, final: bool, alone: bool) -> None:
        """Count a message that was not accepted: for good or for now, it `alone` or because nothing can be sent."""
        self.failed += final
        self.retried += not final
        self.refused += 1
        if not alone or self.refused >= REFUSALS:
            self.state = "failing"
