"""A store in dictionaries, for tests and for `memory:`: everything but durability is promised here too."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from tactful_gateway.store.base import Changes, Keys, State, complete_decisions, complete_keys, pointed_at
from tactful_gateway.store.letters import memory as letters
from tactful_gateway.store.personal.base import ERASED
from tactful_gateway.store.personal.memory import MemoryPersonal, Tables
from tactful_gateway.store.records import (
    CountKey,
    Cursor,
    DeadLetter,
    DecisionKey,
    InvitationRecord,
    JournalRow,
    KeyRecord,
    LetterCount,
    Measure,
    MeasureKey,
    Order,
    RememberedDecision,
    SeenFeedback,
    VersionRecord,
    WakeUp,
)
from tactful_gateway.store.rows import EncodedEvent, encode_events
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import NOBODY, PersonState, QuotaUse

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class MemoryStore:
    """Keeps everything until the process ends."""

    shared = False

    def __init__(self) -> None:
        self._persons: dict[str, PersonState] = {}
        self._invitations: dict[str, InvitationRecord] = {}
        self._by_lookup: dict[bytes, str] = {}
        self._quotas: dict[str, QuotaUse] = {}
        self._decisions: dict[DecisionKey, RememberedDecision] = {}
        self._reports: dict[str, Instant] = {}
        self._feedback: dict[bytes, SeenFeedback] = {}
        self._wake_ups: dict[tuple[str, Instant, str], WakeUp] = {}
        self._lanes: dict[str, list[tuple[Instant, str]]] = {}
        self._counts: Counter[CountKey] = Counter()
        self._measures: dict[MeasureKey, Measure] = {}
        self._journal: list[JournalRow] = []
        self._rulesets: dict[str, bytes] = {}
        self._versions: dict[int, VersionRecord] = {}
        self._files: dict[str, dict[str, str]] = {}
        self._cursors: dict[str, Cursor] = {}
        self._dead: dict[str, list[DeadLetter]] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._last = 0
        self._orders: dict[str, list[Order]] = {}
        self._ordered = 0
        self.personal = MemoryPersonal(
            Tables(
                self._persons,
                self._invitations,
                self._by_lookup,
                self._decisions,
                self._wake_ups,
                self._journal,
                self._cursors,
                self._dead,
                self._orders,
                self._unschedule,
            )
        )

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Load, step and write without giving way to another task, so that it is atomic."""
        erased = () if keys.erase is None else self.personal.ids_now(keys.erase)
        persons = found = _some(self._persons, keys.persons.union(erased))
        while wanted := pointed_at(found, persons):
            found = _some(self._persons, wanted)
            persons |= found
        loaded = State(
            persons=persons,
            decisions=_some(self._decisions, complete_decisions(keys, persons)),
            reports=_some(self._reports, keys.reports),
            feedback=_some(self._feedback, keys.feedback),
            latest_version=next(reversed(self._versions.values()), None) if keys.latest_version else None,
        )
        invitations, quotas = complete_keys(keys, loaded)
        loaded.invitations = _some(self._invitations, invitations)
        loaded.quotas = _some(self._quotas, quotas)
        if erased:
            loaded.belongings = self.personal.measure(erased)
        changes = step(loaded)
        events = encode_events(changes.events)
        self.personal.erase(erased)
        self._write(changes, events)

    def _write(self, changes: Changes, events: Iterable[EncodedEvent]) -> None:
        if any(publication.version.number in self._versions for publication in changes.published):
            raise ValueError("a version's number is taken")
        self._persons.update(changes.persons)
        self._invitations.update(changes.invitations)
        self._by_lookup.update((record.lookup, record.id) for record in changes.invitations.values())
        self._quotas.update(changes.quotas)
        self._decisions.update(changes.decisions)
        self._reports.update(changes.reports)
        self._feedback.update(changes.feedback)
        self._counts.update(changes.counts)
        for key, measure in changes.measures.items():
            self._measures[key] = self._measures[key].plus(measure) if key in self._measures else measure
        for publication in changes.published:
            version = publication.version
            self._versions[version.number] = version
            self._files.setdefault(version.content, publication.files)
            self._rulesets.setdefault(version.ruleset, publication.body)
            for consumer in publication.consumers:
                self._cursors.setdefault(consumer, Cursor(seq=self._last))
        self._schedule(changes.woken, changes.wake_ups)
        for type_, subject, at, body in events:
            self._last += 1
            self._journal.append(JournalRow(self._last, type_, subject, at, bytes(body)))

    def _schedule(self, woken: Iterable[WakeUp], wake_ups: Iterable[WakeUp]) -> None:
        self._unschedule(woken)
        for wake_up in wake_ups:
            if self._wake_ups.setdefault(wake_up[:3], wake_up) is wake_up:
                insort(self._lanes.setdefault(wake_up.lane, []), (wake_up.due, wake_up.invitation))

    def _unschedule(self, wake_ups: Iterable[WakeUp]) -> None:
        for wake_up in wake_ups:
            if self._wake_ups.pop(wake_up[:3], None) is not None:
                self._lanes[wake_up.lane].remove((wake_up.due, wake_up.invitation))

    async def invitation(self, lookup: bytes) -> InvitationRecord | None:
        """Find an invitation by the SHA-256 of its token's random part."""
        found = self._by_lookup.get(lookup)
        return None if found is None else self._invitations[found]

    async def person(self, person: str) -> PersonState:
        """Give what is kept of a person, which may be nothing."""
        return self._persons.get(person, NOBODY)

    async def due(self, lane: str, now: Instant, limit: int) -> Sequence[WakeUp]:
        """Give at most `limit` wake-ups of a lane whose instant has come, the earliest first."""
        waiting = self._lanes.get(lane, [])
        come = bisect_right(waiting, now, key=lambda it: it[0])
        return [self._wake_ups[lane, *it] for it in waiting[: min(come, limit)]]

    async def scheduled(self) -> Mapping[str, int]:
        """Give how many wake-ups each lane has, due or not."""
        return {lane: len(waiting) for lane, waiting in self._lanes.items() if waiting}

    async def reports_seen(self, ids: Sequence[str]) -> frozenset[str]:
        """Tell which of these SDK reports were counted already."""
        return frozenset(report for report in ids if report in self._reports)

    async def counts(self) -> Mapping[CountKey, int]:
        """Give all counts kept."""
        return dict(self._counts)

    async def measures(self) -> Mapping[MeasureKey, Measure]:
        """Give all measures kept."""
        return dict(self._measures)

    async def ruleset(self, version: str) -> bytes | None:
        """Give a kept ruleset's JSON."""
        return self._rulesets.get(version)

    async def versions(self, before: int | None, limit: int) -> Sequence[VersionRecord]:
        """Give at most `limit` versions of the survey folder, newest first."""
        wanted = (it for it in reversed(self._versions.values()) if before is None or it.number < before)
        return list(islice(wanted, limit))

    async def version(self, number: int) -> VersionRecord | None:
        """Give one version of the survey folder."""
        return self._versions.get(number)

    async def files(self, content: str) -> dict[str, str] | None:
        """Give the files that versions with this content are made of."""
        return self._files.get(content)

    async def drop_versions(self, numbers: Collection[int]) -> None:
        """Drop versions, and with them the files and rulesets that no other version names."""
        dropped = [self._versions.pop(number) for number in numbers if number in self._versions]
        kept = self._versions.values()
        for content in {it.content for it in dropped} - {it.content for it in kept}:
            del self._files[content]
        for ruleset in {it.ruleset for it in dropped} - {it.ruleset for it in kept}:
            del self._rulesets[ruleset]

    async def journal(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Read at most `limit` journal rows with `seq` above `after`, ascending."""
        start = bisect_right(self._journal, after, key=lambda row: row.seq)
        return self._journal[start : start + limit]

    async def head(self) -> int:
        """Give the highest `seq` in the journal, 0 when it is empty."""
        return self._journal[-1].seq if self._journal else 0

    async def cursor(self, consumer: str) -> Cursor | None:
        """Give a consumer's cursor, None for one that never ran."""
        return self._cursors.get(consumer)

    async def save_cursor(
        self,
        consumer: str,
        cursor: Cursor,
        dead: Sequence[DeadLetter] = (),
        *,
        again: Sequence[DeadLetter] = (),
        settled: Collection[int] = (),
    ) -> None:
        """Write a cursor together with what became of letters."""
        self._cursors[consumer] = cursor
        if dead or again:
            letters.save(self._dead, consumer, [it for it in dead if not self._is_erased(it.seq)], again)
        if settled:
            letters.drop(self._dead, consumer, settled)
        if consumer in self._orders:
            self._orders[consumer] = [order for order in self._orders[consumer] if order.number > cursor.order]

    def _is_erased(self, seq: int) -> bool:
        at = bisect_left(self._journal, seq, key=lambda row: row.seq)
        return at < len(self._journal) and self._journal[at].seq == seq and self._journal[at].type == ERASED

    async def give_order(self, consumer: str, replay: int | None = None) -> int:
        """Leave an order for whoever delivers for this consumer, and give its number."""
        self._ordered += 1
        self._orders.setdefault(consumer, []).append(Order(self._ordered, replay))
        return self._ordered

    async def orders(self, consumer: str) -> Sequence[Order]:
        """Give the orders of a consumer that were not followed yet, in their order."""
        return self._orders.get(consumer, ())

    async def lease(self, name: str, span: Span, note: bytes = b"") -> bool:
        """Give it: there is no other gateway."""
        return True

    async def notes(self) -> Mapping[str, bytes]:
        """Give none: there is no other gateway to read them."""
        return {}

    async def release(self, name: str) -> None:
        """Do nothing: there is no other gateway."""

    async def dead_letters(self, consumer: str, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Give a consumer's oldest letters with sequences above `after`."""
        return [letter for letter in self._dead.get(consumer, ()) if letter.seq > after][:limit]

    async def count_letters(self, consumer: str) -> LetterCount:
        """Count a consumer's letters."""
        return letters.count(self._dead, consumer)

    async def due_letters(self, consumer: str, now: Instant, limit: int) -> Sequence[DeadLetter]:
        """Give at most `limit` letters that are to be tried again by now, the earliest due first."""
        return letters.find_due(self._dead, consumer, now, limit)

    async def retry_letters(self, consumer: str, now: Instant, seqs: Collection[int] | None = None) -> int:
        """Have letters (all where None) tried again from now on, and give how many those are."""
        return letters.retry(self._dead, consumer, now, seqs)

    async def keys(self) -> Sequence[KeyRecord]:
        """Give every API key in the order of creation, revoked ones included."""
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.id))

    async def save_key(self, key: KeyRecord) -> None:
        """Insert or replace an API key by its id."""
        self._keys[key.id] = key

    async def forget(self, before: Instant, *, feedback: Instant) -> None:
        """Drop remembered decisions and report ids older than `before`, and feedback seen before `feedback`."""
        for key in [key for key, kept in self._decisions.items() if kept.at < before]:
            del self._decisions[key]
        self._reports = {report: at for report, at in self._reports.items() if at >= before}
        self._feedback = {key: seen for key, seen in self._feedback.items() if seen.at >= feedback}

    async def check(self) -> None:
        """Do nothing: memory can always commit."""

    async def close(self) -> None:
        """Do nothing: there are no files."""


def _some(kept: Mapping[K, V], keys: Iterable[K]) -> dict[K, V]:
    return {key: kept[key] for key in keys if key in kept}
