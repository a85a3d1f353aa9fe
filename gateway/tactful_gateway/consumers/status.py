"""How a sink is doing, in numbers that always balance: accepted = delivered + pending + dead + erased."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_gateway.consumers.circuit import CircuitState
from tactful_rules.model.ids import Instant

SinkState = Literal["running", "retrying", "stopped", "standby"]


class SinkStatus(Struct, frozen=True, kw_only=True):
    """One sink's state. `pending` counts the journal events it wants and does not have yet.

    `standby` while another gateway delivers, which alone knows the numbers; `retrying` until `retry_at` after a
    failure; `stopped` when the destination said that it wants nothing more.

    `accepted` are the events that the sink wants, those of a replay once more; `filtered` those that it does not want.
    `erased` are those that it never had: their persons were erased, or they grew too old among the dead letters.
    Of the pending ones `asked` are letters that are tried again. `uncounted` are journal events behind all these that
    were not looked at yet: a long journal is counted bit by bit. `oldest` is when the oldest pending event happened,
    None when only letters are pending. `order` is the last order that was followed. `error` is what failed last, for as
    long as something is not delivered because of it.
    """

    id: str
    kind: str
    state: SinkState
    seq: int
    accepted: int
    delivered: int
    pending: int
    dead: int
    filtered: int = 0
    erased: int = 0
    asked: int = 0
    uncounted: int = 0
    oldest: Instant | None = None
    attempts: int = 0
    retry_at: Instant | None = None
    error: str = ""
    circuit: CircuitState = "closed"
    order: int = 0
