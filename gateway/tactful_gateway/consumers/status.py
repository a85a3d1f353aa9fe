"""How a sink is doing, in numbers that always balance: wanted = delivered + pending + dead."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import Instant

SinkState = Literal["running", "retrying", "stopped", "standby"]


class SinkStatus(Struct, frozen=True, kw_only=True):
    """One sink's state. `pending` counts the journal events it wants and does not have yet.

    `standby` while another gateway delivers, which alone knows the numbers; `retrying` until `retry_at` after a
    failure; `stopped` when the destination said that it wants nothing more.
    """

    id: str
    kind: str
    state: SinkState
    seq: int
    delivered: int
    pending: int
    dead: int
    attempts: int = 0
    retry_at: Instant | None = None
    error: str = ""
