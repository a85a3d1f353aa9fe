"""What every store promises; `tactful_gateway.contracts.store` holds each of them to it.

A commit is all or nothing, and durable when `transact` returns. Everything else follows from that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct, field

from tactful_gateway.store.personal.base import Belongings, Personal
from tactful_gateway.store.records import (
    CountKey,
    Cursor,
    DeadLetter,
    DecisionKey,
    InvitationRecord,
    JournalEvent,
    JournalRow,
    KeyRecord,
    LetterCount,
    Measure,
    MeasureKey,
    Order,
    Publication,
    RememberedDecision,
    SeenFeedback,
    VersionRecord,
    WakeUp,
)
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import PersonState, QuotaUse


class Keys(Struct, frozen=True):
    """What a batch of commands will read. Quotas are named by rule id; `joins` are pairs of ids that may become one.
    `erase` is a person whose everything goes, before the step is told what it was.

    Some things come along unasked, because who asks can't know them before: the persons that an id was joined to, the
    decisions remembered under a person's other ids, the records of the persons' open invitations, the quotas of those
    invitations' rules, and the records that remembered decisions name.
    """

    persons: frozenset[str] = frozenset()
    invitations: frozenset[str] = frozenset()
    quotas: frozenset[str] = frozenset()
    decisions: frozenset[DecisionKey] = frozenset()
    reports: frozenset[str] = frozenset()
    latest_version: bool = False
    joins: frozenset[tuple[str, str]] = frozenset()
    feedback: frozenset[bytes] = frozenset()
    erase: str | None = None


class State(Struct):
    """What a batch is applied to; an absent key means that nothing is kept under it."""

    persons: dict[str, PersonState] = field(default_factory=dict)
    invitations: dict[str, InvitationRecord] = field(default_factory=dict)
    quotas: dict[str, QuotaUse] = field(default_factory=dict)
    decisions: dict[DecisionKey, RememberedDecision] = field(default_factory=dict)
    reports: dict[str, Instant] = field(default_factory=dict)
    latest_version: VersionRecord | None = None
    feedback: dict[bytes, SeenFeedback] = field(default_factory=dict)
    belongings: Belongings | None = None
    """What was kept of the person to be erased, and is not any more."""

    def take_in(self, made: Changes) -> None:
        """Show what one command made to the next one, as if it had been loaded."""
        if made.persons:
            self.persons.update(made.persons)
        if made.invitations:
            self.invitations.update(made.invitations)
        if made.quotas:
            self.quotas.update(made.quotas)
        if made.decisions:
            self.decisions.update(made.decisions)
        if made.reports:
            self.reports.update(made.reports)
        if made.feedback:
            self.feedback.update(made.feedback)
        if made.published:
            self.latest_version = made.published[-1].version


def pointed_at(found: Mapping[str, PersonState], loaded: Mapping[str, PersonState]) -> frozenset[str]:
    """Give the persons to load next: those that ids just `found` were joined to, save for what is `loaded` already."""
    return frozenset(
        state.alias_of for state in found.values() if state.alias_of is not None and state.alias_of not in loaded
    )


def complete_decisions(keys: Keys, persons: Mapping[str, PersonState]) -> frozenset[DecisionKey]:
    """Give the keys of the decisions to load, once persons are: under every id of the same person."""
    ids: dict[str, frozenset[str]] = {}
    for one, other in chain(keys.joins, _joins(persons)):
        together = ids.get(one, frozenset((one,))) | ids.get(other, frozenset((other,)))
        ids.update(dict.fromkeys(together, together))
    if not ids:
        return keys.decisions
    others = (key._replace(person=other) for key in keys.decisions for other in ids.get(key.person, ()))
    return keys.decisions.union(others)


def _joins(persons: Mapping[str, PersonState]) -> Iterator[tuple[str, str]]:
    for person, state in persons.items():
        if state.alias_of is not None:
            yield person, state.alias_of
        for joined in state.joined:
            yield person, joined.person


def complete_keys(keys: Keys, loaded: State) -> tuple[frozenset[str], frozenset[str]]:
    """Give the ids of the invitations and quotas to load, once persons and decisions are."""
    opened = [invitation for state in loaded.persons.values() for invitation in state.open]
    remembered = (decision.invitation for decision in loaded.decisions.values())
    invitations = keys.invitations.union((invitation.id for invitation in opened), filter(None, remembered))
    return invitations, keys.quotas.union(invitation.rule for invitation in opened)


class Changes(Struct):
    """What a batch writes: whole new values by key, increments to counts, and events in journal order."""

    persons: dict[str, PersonState] = field(default_factory=dict)
    invitations: dict[str, InvitationRecord] = field(default_factory=dict)
    quotas: dict[str, QuotaUse] = field(default_factory=dict)
    decisions: dict[DecisionKey, RememberedDecision] = field(default_factory=dict)
    counts: dict[CountKey, int] = field(default_factory=dict)
    measures: dict[MeasureKey, Measure] = field(default_factory=dict)
    """To be added to those kept."""
    events: list[JournalEvent] = field(default_factory=list)
    reports: dict[str, Instant] = field(default_factory=dict)
    """Ids of SDK reports that `counts` and `measures` come from, so that a report sent twice counts once."""
    feedback: dict[bytes, SeenFeedback] = field(default_factory=dict)
    """What of `events` came from elsewhere, so that the same again is known."""
    published: list[Publication] = field(default_factory=list)
    """Versions of the survey folder, by rising number. Files and rulesets that are kept already stay as they are."""
    woken: list[WakeUp] = field(default_factory=list)
    """Wake-ups that were answered and go; one that is gone already is no mistake."""
    wake_ups: list[WakeUp] = field(default_factory=list)
    """New wake-ups, written after `woken` went; one that is there already (same lane, instant, invitation) stays."""

    def add(self, made: Changes) -> None:
        """Have what a later command made written with what the earlier ones did."""
        if made.persons:
            self.persons.update(made.persons)
        if made.invitations:
            self.invitations.update(made.invitations)
        if made.quotas:
            self.quotas.update(made.quotas)
        if made.decisions:
            self.decisions.update(made.decisions)
        if made.reports:
            self.reports.update(made.reports)
        if made.feedback:
            self.feedback.update(made.feedback)
        for key, count in made.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
        for name, measure in made.measures.items():
            self.measures[name] = self.measures[name].plus(measure) if name in self.measures else measure
        self.published.extend(made.published)
        self.woken.extend(made.woken)
        self.wake_ups.extend(made.wake_ups)
        self.events.extend(made.events)


class Forgetting(NamedTuple):
    """Statements that drop what is remembered: at most so many rows, the second value, from before the first one."""

    decisions: str
    reports: str
    feedback: str


FORGET_STEP = 2_000
"""Rows forgotten in one transaction, so that others never wait long for it."""
BREATH = 0.005
"""Seconds between two steps, for whoever else wants the database."""


async def forget_in_steps(
    run: Callable[[str, Instant, int], Awaitable[int]], statements: Forgetting, before: Instant, feedback: Instant
) -> None:
    """Forget as `Store.forget` says, a few rows at a time; `run` gives how many a statement dropped."""
    horizons = ((statements.decisions, before), (statements.reports, before), (statements.feedback, feedback))
    for statement, horizon in horizons:
        await in_steps(partial(run, statement, horizon, FORGET_STEP), FORGET_STEP)


async def in_steps(step: Callable[[], Awaitable[int]], size: int) -> int:
    """Repeat a step until it does less than `size`, and give how much was done in all."""
    done = 0
    while True:
        count = await step()
        done += count
        if count < size:
            return done
        await asyncio.sleep(BREATH)


class LeaseLostError(Exception):
    """Another gateway does this now; nothing was written."""


Cause = Literal[
    "disk_full",
    "disk_failing",
    "read_only",
    "locked",
    "slow",
    "contended",
    "unreachable",
    "damaged",
    "refused",
    "closed",
    "other",
]
"""Why a store can't commit. `damaged` and `refused` (another program's, a newer one's, a wrong password) do not pass by
themselves. `contended` says that others may well commit at this moment."""


class StoreUnavailableError(Exception):
    """The store can't commit now; nothing was written. The message says what to do, a `cause` keeps its meaning."""

    def __init__(self, message: str, cause: Cause = "other") -> None:
        super().__init__(message)
        self.cause: Cause = cause

    def again(self) -> StoreUnavailableError:
        """Give the same to raise once more, or to keep: a traceback grows with each raise, and keeps all it passed."""
        return StoreUnavailableError(str(self), self.cause)


class Store(Protocol):
    """A database that keeps Tactful's facts; `shared` where several gateways may use it at once."""

    shared: bool

    @property
    def personal(self) -> Personal:
        """The part that knows whose everything is."""

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Load `keys`, run `step` on them and write its changes, in one durable transaction.

        `step` may run in another thread; it owns what it is given, and should touch nothing else. It may run again, on
        what was loaded again, where another gateway was in the way: what counts is what its last run gives.

        Raises:
            StoreUnavailableError: nothing was written; or, where a network broke in the moment of the commit, nobody
                can say. Every command may be given again.
            Exception: whatever `step` raised; nothing was written.
        """

    async def invitation(self, lookup: bytes) -> InvitationRecord | None:
        """Find an invitation by the SHA-256 of its token's random part."""

    async def person(self, person: str) -> PersonState:
        """Give what is kept of a person, which may be nothing."""

    async def due(self, lane: str, now: Instant, limit: int) -> Sequence[WakeUp]:
        """Give at most `limit` wake-ups of a lane whose instant has come, the earliest first."""

    async def scheduled(self) -> Mapping[str, int]:
        """Give how many wake-ups each lane has, due or not; those with none are left out."""

    async def reports_seen(self, ids: Sequence[str]) -> frozenset[str]:
        """Tell which of these SDK reports were counted already."""

    async def counts(self) -> Mapping[CountKey, int]:
        """Give all counts kept."""

    async def measures(self) -> Mapping[MeasureKey, Measure]:
        """Give all measures kept."""

    async def ruleset(self, version: str) -> bytes | None:
        """Give a kept ruleset's JSON."""

    async def versions(self, before: int | None, limit: int) -> Sequence[VersionRecord]:
        """Give at most `limit` versions of the survey folder, newest first; only those below `before`, if given."""

    async def version(self, number: int) -> VersionRecord | None:
        """Give one version of the survey folder."""

    async def files(self, content: str) -> dict[str, str] | None:
        """Give the files that versions with this content are made of."""

    async def drop_versions(self, numbers: Collection[int]) -> None:
        """Drop versions, and with them the files and rulesets that no other version names, in one transaction."""

    async def journal(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Read at most `limit` journal rows with `seq` above `after`, ascending."""

    async def head(self) -> int:
        """Give the highest `seq` in the journal, 0 when it is empty."""

    async def cursor(self, consumer: str) -> Cursor | None:
        """Give a consumer's cursor, None for one that never ran."""

    async def save_cursor(
        self,
        consumer: str,
        cursor: Cursor,
        dead: Sequence[DeadLetter] = (),
        *,
        again: Sequence[DeadLetter] = (),
        settled: Collection[int] = (),
    ) -> None:
        """Write a cursor together with what became of letters, in one durable transaction.

        `dead` are new ones, save for those whose events are erased. `again` were tried again in vain, each with its new
        `due`; one that is gone stays so. Those with the sequences `settled` go, and so do the consumer's orders up to
        the cursor's.

        Raises:
            LeaseLostError: another gateway has the lease of this name.
        """

    async def give_order(self, consumer: str, replay: int | None = None) -> int:
        """Leave an order for whoever delivers for this consumer, and give its number."""

    async def orders(self, consumer: str) -> Sequence[Order]:
        """Give the orders of a consumer that were not followed yet, in their order."""

    async def lease(self, name: str, span: Span, note: bytes = b"") -> bool:
        """Get or renew a lease for so long, leaving a note for others to read; False where another gateway has it."""

    async def notes(self) -> Mapping[str, bytes]:
        """Give the notes on the leases of all gateways; those with none are left out."""

    async def release(self, name: str) -> None:
        """End a lease of this gateway's; one that it does not have is no mistake."""

    async def dead_letters(self, consumer: str, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Give a consumer's oldest letters with sequences above `after`, those that are to be tried again included."""

    async def count_letters(self, consumer: str) -> LetterCount:
        """Count a consumer's letters."""

    async def due_letters(self, consumer: str, now: Instant, limit: int) -> Sequence[DeadLetter]:
        """Give at most `limit` letters that are to be tried again by now, the earliest due first."""

    async def retry_letters(self, consumer: str, now: Instant, seqs: Collection[int] | None = None) -> int:
        """Have letters (all where None) tried again from now on, and give how many those are.

        Letters that are to be tried again already are left as they are, and not counted.
        """

    async def keys(self) -> Sequence[KeyRecord]:
        """Give every API key, revoked ones included."""

    async def save_key(self, key: KeyRecord) -> None:
        """Insert or replace an API key by its id."""

    async def forget(self, before: Instant, *, feedback: Instant) -> None:
        """Drop remembered decisions and report ids older than `before`, and feedback seen before `feedback`."""

    async def check(self) -> None:
        """Prove that a commit is possible now.

        Raises:
            StoreUnavailableError: it is not; the message says why.
        """

    async def close(self) -> None:
        """Finish what is under way and let go of files and connections."""
