"""How a sink is doing, in numbers that always balance: wanted = delivered + pending + dead + erased."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import Instant

SinkState = Literal["running", "retrying", "stopped", "standby"]


class SinkStatus(Struct, frozen=True, kw_only=True):
    """One sink's state. `pending` counts the journal events it wants and does not have yet; `erased` are those of
    persons who were erased before it had them.

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
    erased: int = 0
    attempts: int = 0
    retry_at: Instant | None = None
    error: str = ""
