"""What travels over HTTP when an operator looks after sinks, as types."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from tactful_gateway.consumers.circuit import CircuitState
from tactful_gateway.consumers.status import SinkState

Sequence = Annotated[int, Meta(ge=1, le=2**53)]
BEGINNING = "beginning"


class Lag(Struct, frozen=True):
    """How far a sink is behind: in events, and in seconds since the oldest of those happened."""

    events: int
    seconds: float


class SinkView(Struct, frozen=True, kw_only=True):
    """One sink. At every moment `accepted` = `delivered` + `pending` + `dead` + `erased` (with their persons, or too
    old among the dead letters, before it had them); `filtered` are events that it does not want.

    `running`, `retrying` after a failure until `next_try`, `stopped` when its destination said that it wants nothing
    more, or `standby` when no gateway has said anything of it yet. `cursor` is the last sequence of the journal dealt
    with. Of the pending events `asked` are letters that are tried again. `uncounted` are events behind all these that
    were not looked at yet, so that nobody knows which of them the sink wants. `circuit` is its destination's: `open`
    while that fails, `half_open` when the next delivery is to find out. `error` is what failed last, as long as
    something is not delivered because of it. `order` is the last replay or retry taken up.
    """

    id: str
    kind: str
    state: SinkState
    circuit: CircuitState
    cursor: int
    lag: Lag
    accepted: int
    delivered: int
    pending: int
    dead: int
    erased: int
    filtered: int
    asked: int
    uncounted: int
    attempts: int
    next_try: str | None
    error: str
    order: int


class Sinks(Struct, frozen=True):
    """All sinks, as the gateway that delivers to each says."""

    sinks: tuple[SinkView, ...]


Start = Annotated[
    Sequence | str,
    Meta(description='a sequence of the journal, an RFC 3339 time with its zone, or "beginning"'),
]


class ReplayCall(Struct, frozen=True, forbid_unknown_fields=True):
    """From where on everything is delivered again: a sequence, a time, or `beginning`."""

    start: Start = field(name="from")


class ReplayReceipt(Struct, frozen=True):
    """It is written down; the gateway that delivers takes it up within seconds, as `order`.

    What is wanted from `first` to `last` comes again; that is done when the sink's cursor has come to `last`.
    """

    order: int
    first: int
    last: int


class ForgetReceipt(Struct, frozen=True):
    """The sink is forgotten; so many dead `letters` went with it."""

    letters: int


class LettersQuery(Struct, frozen=True):
    """Which page of the letters: at most `limit`, all of them with sequences above `after`."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Letter(Struct, frozen=True, kw_only=True):
    """An event that could not be delivered: what went wrong, the destination's `answer`, and the `event` itself.

    `next_try` is null until somebody asks for another one.
    """

    seq: int
    id: str
    at: str
    attempts: int
    error: str
    answer: str
    next_try: str | None
    event: dict[str, Any]


class Letters(Struct, frozen=True):
    """Dead letters, oldest first; `next` is the `after` of the page that follows, null at the end."""

    letters: tuple[Letter, ...]
    next: int | None


class RetryCall(Struct, frozen=True, forbid_unknown_fields=True):
    """Which dead letters are tried again, by the ids of their events; all where none are named."""

    ids: Annotated[tuple[Annotated[str, Meta(max_length=256)], ...], Meta(min_length=1, max_length=1000)] | None = None


class RetryReceipt(Struct, frozen=True):
    """It is written down; the gateway that delivers takes it up within seconds, as `order`.

    So many `letters` are tried again, and what waits for its next try is tried at once. `unknown` are ids that no dead
    letter of this sink has. `last` is the journal's last sequence.
    """

    order: int
    letters: int
    unknown: tuple[str, ...]
    last: int
