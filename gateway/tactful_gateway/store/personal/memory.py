"""What is kept of a person in dictionaries: found by looking at everything."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.store.personal.base import (
    ERASED,
    ORDER,
    Belongings,
    Cut,
    Decided,
    Held,
    Item,
    Kind,
    Place,
    held_of,
    is_over,
    last_old,
    passed,
    place_of,
)
from tactful_gateway.store.records import (
    Cursor,
    DeadLetter,
    DecisionKey,
    InvitationRecord,
    JournalRow,
    Order,
    RememberedDecision,
    WakeUp,
)
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import PersonState

T = TypeVar("T")
STEP = 200
"""Things of a kind that go at once, as in the stores that have others waiting."""


class Tables(Struct):
    """The dictionaries of the store that have something of a person, its own and not copies."""

    persons: dict[str, PersonState]
    invitations: dict[str, InvitationRecord]
    by_lookup: dict[bytes, str]
    decisions: dict[DecisionKey, RememberedDecision]
    wake_ups: dict[tuple[str, Instant, str], WakeUp]
    journal: list[JournalRow]
    cursors: dict[str, Cursor]
    dead: dict[str, list[DeadLetter]]
    orders: dict[str, list[Order]]
    unschedule: Callable[[Iterable[WakeUp]], None]


class MemoryPersonal:
    """See `Personal`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def ids(self, person: str) -> tuple[str, ...]:
        """Give all ids of a person, first the one it is kept under."""
        return self.ids_now(person)

    def ids_now(self, person: str) -> tuple[str, ...]:
        """Give the same within a transaction."""
        persons = self._tables.persons
        while person in persons and (known := persons[person].alias_of) is not None:
            person = known
        found = [person]
        for one in found:
            found += sorted(id_ for id_, state in persons.items() if state.alias_of == one)
        return (person, *sorted(found[1:]))

    async def page(self, kind: Kind, id_: str, after: Place, limit: int) -> Sequence[Item]:
        """Give at most `limit` things kept under one id, in the order of their places."""
        behind = (it for it in self._under(kind, id_) if place_of(it) > after)
        return sorted(behind, key=place_of)[:limit]

    async def sweep(self, id_: str) -> Held:
        """Erase a part of what is kept under one id, save for its state and what is open."""
        return self._sweep(id_, STEP, lambda record: record.status != "open")

    def measure(self, ids: Sequence[str]) -> Belongings:
        """Tell what is kept under these ids."""
        states = {id_: self._tables.persons[id_] for id_ in ids if id_ in self._tables.persons}
        held = Held(ids=len(states))
        for id_ in ids:
            held = held.plus(self._held(id_))
        return Belongings(tuple(ids), states, held)

    def erase(self, ids: Sequence[str]) -> None:
        """Erase everything under these ids."""
        for id_ in ids:
            self._sweep(id_, None, lambda _: True)
            self._tables.persons.pop(id_, None)

    async def drop_orders(self, upto: int) -> None:
        """Erase the content of what had destinations erase a person."""
        self._blank(lambda row: row.type == ORDER and row.seq <= upto, None)

    async def scrub(self) -> None:
        """Do nothing: there are no files."""

    async def drop_invitations(self, before: Instant) -> int:
        """Drop invitations that were over before an instant, with their answers."""
        gone = [record for record in self._tables.invitations.values() if is_over(record, before)]
        return self._drop(gone).invitations

    async def drop_dead_letters(self, before: Instant) -> int:
        """Drop dead letters that were buried before an instant."""
        return self._bury_no_more(lambda letter: letter.at < before, None)

    async def cut_journal(self, before: Instant) -> Cut:
        """Drop journal rows from before an instant, and none that a cursor has not passed."""
        journal = self._tables.journal
        newest = journal[-1].seq if journal else 0
        old = await last_old(self._at, newest, before)
        upto, held = passed(old, self._tables.cursors)
        left = [row for row in journal if row.seq > upto or row.seq == newest or row.at >= before]
        dropped = len(journal) - len(left)
        journal[:] = left
        if upto == newest:
            self._blank(lambda row: row.seq == newest and row.type != ERASED, None)
        return Cut(dropped, held)

    async def _at(self, seq: int) -> tuple[int, Instant] | None:
        journal = self._tables.journal
        place = bisect_left(journal, seq, key=lambda row: row.seq)
        return (journal[place].seq, journal[place].at) if place < len(journal) else None

    async def forget_consumer(self, consumer: str) -> int | None:
        """Forget how far a consumer came, its letters and its orders."""
        if self._tables.cursors.pop(consumer, None) is None:
            return None
        self._tables.orders.pop(consumer, None)
        return len(self._tables.dead.pop(consumer, ()))

    async def cursors(self) -> Mapping[str, Cursor]:
        """Give the cursors of all consumers."""
        return dict(self._tables.cursors)

    def _under(self, kind: Kind, id_: str) -> Iterable[Item]:
        tables = self._tables
        match kind:
            case "invitations":
                return self._records(id_)
            case "decisions":
                return (Decided(key, kept) for key, kept in tables.decisions.items() if key.person == id_)
            case "wake_ups":
                records = {record.id for record in self._records(id_)}
                return (wake_up for wake_up in tables.wake_ups.values() if wake_up.invitation in records)
            case "events":
                return (row for row in tables.journal if row.subject == id_)
            case "dead_letters":
                return (letter for letters in tables.dead.values() for letter in letters if letter.subject == id_)

    def _records(self, id_: str) -> Iterator[InvitationRecord]:
        return (record for record in self._tables.invitations.values() if record.person == id_)

    def _held(self, id_: str) -> Held:
        return held_of(list(self._records(id_))).plus(
            Held(
                decisions=_count(self._under("decisions", id_)),
                wake_ups=_count(self._under("wake_ups", id_)),
                events=sum(row.type != ORDER for row in self._tables.journal if row.subject == id_),
                dead_letters=_count(self._under("dead_letters", id_)),
            )
        )

    def _sweep(self, id_: str, limit: int | None, goes: Callable[[InvitationRecord], bool]) -> Held:
        dropped = self._drop([record for record in islice(self._records(id_), limit) if goes(record)])
        decisions = [key for key in self._tables.decisions if key.person == id_][:limit]
        _remove(self._tables.decisions, decisions)
        return dropped.plus(
            Held(
                decisions=len(decisions),
                events=self._blank(lambda row: row.subject == id_ and row.type != ORDER, limit),
                dead_letters=self._bury_no_more(lambda letter: letter.subject == id_, limit),
            )
        )

    def _drop(self, records: Sequence[InvitationRecord]) -> Held:
        ids = {record.id for record in records}
        wake_ups = [it for it in self._tables.wake_ups.values() if it.invitation in ids]
        self._tables.unschedule(wake_ups)
        _remove(self._tables.by_lookup, [record.lookup for record in records])
        _remove(self._tables.invitations, ids)
        return held_of(records).plus(Held(wake_ups=len(wake_ups)))

    def _blank(self, goes: Callable[[JournalRow], bool], limit: int | None) -> int:
        journal = self._tables.journal
        places = list(islice((place for place, row in enumerate(journal) if goes(row)), limit))
        for place in places:
            journal[place] = replace(journal[place], type=ERASED, subject="", body=b"")
        return len(places)

    def _bury_no_more(self, goes: Callable[[DeadLetter], bool], limit: int | None) -> int:
        dead = self._tables.dead
        gone = list(islice((it for letters in dead.values() for it in letters if goes(it)), limit))
        for letter in gone:
            dead[letter.consumer].remove(letter)
        return len(gone)


def _count(things: Iterable[object]) -> int:
    return sum(1 for _ in things)


def _remove(table: MutableMapping[Any, Any], keys: Iterable[Any]) -> None:
    for key in list(keys):
        table.pop(key, None)
