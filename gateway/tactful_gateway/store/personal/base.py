"""What every store can do with all that it keeps of a person: show it, erase it, and let it go by age.

An erased journal row keeps its number and its time and nothing else, so that no cursor notices; nobody wants it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from msgspec import Struct
from msgspec.structs import astuple

from tactful_gateway.store.records import (
    Cursor,
    DeadLetter,
    DecisionKey,
    InvitationRecord,
    JournalRow,
    RememberedDecision,
    WakeUp,
)
from tactful_rules.model.ids import Instant, uuid7
from tactful_rules.model.person import PersonState

ERASED = "erased"
"""The type of a journal row whose content is gone; no event's own type is without `tactful.`."""
ORDER = "tactful.person.erased"
"""The type of the row that has destinations erase a person, too: it outlives the person until all of them have it."""

Kind = Literal["invitations", "decisions", "wake_ups", "events", "dead_letters"]
Place: TypeAlias = tuple[str | int, ...]
START: Mapping[Kind, Place] = {
    "invitations": ("",),
    "decisions": ("", ""),
    "wake_ups": ("", "", -1),
    "events": (0,),
    "dead_letters": ("", -1),
}
"""The place before the first one of each kind."""


class Decided(NamedTuple):
    """A remembered decision with what it was decided for."""

    key: DecisionKey
    decision: RememberedDecision


Item: TypeAlias = InvitationRecord | Decided | WakeUp | JournalRow | DeadLetter


class Held(Struct, frozen=True):
    """How much is kept of a person, or was: `ids` with a state, `invitations`, how many of those have answers
    (`responses`), sealed `addresses`, and so on by kind."""

    ids: int = 0
    invitations: int = 0
    responses: int = 0
    addresses: int = 0
    decisions: int = 0
    wake_ups: int = 0
    events: int = 0
    dead_letters: int = 0

    def plus(self, other: Held) -> Held:
        """Give both as one."""
        return Held(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


NOTHING = Held()


class Belongings(Struct, frozen=True):
    """What was kept of a person until now: under which `ids`, the states by id, and how much of all else."""

    ids: tuple[str, ...]
    states: dict[str, PersonState]
    held: Held


class Cut(Struct, frozen=True):
    """What became of cutting the journal: rows `dropped`, and the consumers that keep others from it.

    `held` tells for each of those how many numbers of the journal are old enough to go and stay for it alone.
    """

    dropped: int
    held: dict[str, int]


class Personal(Protocol):
    """The part of a store that knows whose everything is. Each call is one short transaction, save where it says."""

    async def ids(self, person: str) -> tuple[str, ...]:
        """Give all ids of a person, first the one it is kept under; of one that was never joined, its own."""

    async def page(self, kind: Kind, id_: str, after: Place, limit: int) -> Sequence[Item]:
        """Give at most `limit` things kept under one id, in the order of their places, those behind `after`."""

    async def sweep(self, id_: str) -> Held:
        """Erase a part of what is kept under one id, save for its state and what is open, and tell how much it was.

        Nothing means that there is nothing left. `ORDER` stays.
        """

    async def drop_orders(self, upto: int) -> None:
        """Erase the content of each `ORDER` up to a number of the journal: all who are told by it know."""

    async def scrub(self) -> None:
        """Have what was erased gone from the files, too, as far as the store can: now, or at a next call."""

    async def drop_invitations(self, before: Instant) -> int:
        """Drop invitations, with their answers, that were over before an instant, in small transactions; how many."""

    async def drop_dead_letters(self, before: Instant) -> int:
        """Drop dead letters that were buried before an instant, in small transactions; tells how many."""

    async def cut_journal(self, before: Instant) -> Cut:
        """Drop journal rows from before an instant, oldest first, none that a cursor has not passed; many transactions.

        The newest row stays, without its content.
        """

    async def forget_consumer(self, consumer: str) -> int | None:
        """Forget how far a consumer came, its letters and its orders; how many letters, None for one that never was.

        In small transactions, its letters first. Broken off, it goes no further than the one that is under way.
        """

    async def cursors(self) -> Mapping[str, Cursor]:
        """Give the cursors of all consumers, also of those that are gone."""


def place_of(item: Item) -> Place:
    """Give the place of a thing among those of its kind and id."""
    match item:
        case InvitationRecord():
            return (item.id,)
        case Decided(key):
            return (key.touchpoint, key.event_id)
        case WakeUp():
            return (item.invitation, item.lane, item.due)
        case JournalRow():
            return (item.seq,)
    return (item.consumer, item.seq)


def held_of(records: Sequence[InvitationRecord]) -> Held:
    """Count invitations with what is in them."""
    return Held(
        invitations=len(records),
        responses=sum(record.answered_at is not None for record in records),
        addresses=sum(len(record.addresses) for record in records),
    )


def is_over(record: InvitationRecord, before: Instant) -> bool:
    """Tell whether the last that can have happened to an invitation lies before an instant.

    An open one is never over: after a long downtime it has its expiry, which is told, still before it.
    """
    if record.status == "open":
        return False
    last = max(
        0 if record.complete else record.expires_at,  # until then answers are taken
        record.closed_at or 0,
        record.answered_at or 0,
        record.completed_at or 0,
        record.sent_at or 0,
    )
    return last < before


async def last_old(at: Callable[[int], Awaitable[tuple[int, Instant] | None]], newest: int, before: Instant) -> int:
    """Find the number behind which journal rows are not from before an instant, by halves.

    `at` gives the first row from a number on. Where the clock went back, it is one of several, so rows are judged one
    by one, too.
    """
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        found = await at(middle)
        if found is not None and found[1] < before:
            low = max(middle, min(found[0], high))
        else:
            high = middle - 1
    return low


def passed(old: int, cursors: Mapping[str, Cursor]) -> tuple[int, dict[str, int]]:
    """Give up to where every cursor has passed what is old, and for each that has not, how much it holds."""
    held = {name: old - cursor.seq for name, cursor in cursors.items() if cursor.seq < old}
    return old - max(held.values(), default=0), held


def first_id_of(at: Instant) -> str:
    """Give a text that sorts behind the ids of all invitations made before an instant: those are UUIDv7."""
    return uuid7(at, bytes(10))[:13]
