"""How a channel's sending is doing, counted since the gateway started; what waits is the store's to say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import Span

ChannelState = Literal["ok", "failing"]


class ChannelStatus(Struct, kw_only=True):
    """One sent channel's state.

    `failing` from a message that its provider did not accept until one that it did. Every message that was handed over
    ended as `sent`, `retried` (it goes again) or `failed` (for good); `sending` are under way. `lag` is how late the
    earliest message was that waited when the lane was looked at last, in milliseconds.
    """

    id: str
    kind: str
    state: ChannelState = "ok"
    sent: int = 0
    retried: int = 0
    failed: int = 0
    sending: int = 0
    lag: Span = 0
