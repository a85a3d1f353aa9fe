"""The store in PostgreSQL: gateways share it, and see each other's commits as if one had made them all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

from msgspec.structs import replace

from tactful_gateway.store import rows
from tactful_gateway.store.base import Changes, Keys, LeaseLostError, State, forget_in_steps
from tactful_gateway.store.personal.postgres import PostgresPersonal
from tactful_gateway.store.postgres import queries, versions
from tactful_gateway.store.postgres.connections import PATIENCE, Connections, transaction
from tactful_gateway.store.postgres.horizon import Horizon
from tactful_gateway.store.postgres.schema import migrate, refuse_half_moved
from tactful_gateway.store.postgres.texts import escape, escape_all, plain
from tactful_gateway.store.postgres.transacting import Transactor
from tactful_gateway.store.records import (
    CountKey,
    Cursor,
    DeadLetter,
    InvitationRecord,
    JournalRow,
    KeyRecord,
    LetterCount,
    Measure,
    MeasureKey,
    Order,
    VersionRecord,
    WakeUp,
)
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import NOBODY, PersonState


class PostgresStore:
    """Keeps everything in the schema `tactful` of a database; made by `open`."""

    shared = True

    def __init__(self, connections: Connections) -> None:
        self._holder = secrets.token_hex(8)
        self._connections = connections
        self._transactor = Transactor(connections, secrets.randbelow(queries.SHARDS), secrets.SystemRandom().random)
        self._horizon = Horizon(connections)
        self._followed: dict[str, int] = {}
        """The last order that each consumer's cursor was known to have followed: there is nothing to drop."""
        self.personal = PostgresPersonal(connections)

    @classmethod
    async def open(cls, url: str, patience: float = PATIENCE) -> Self:
        """Connect to a database, bringing an older one to this program's schema.

        Raises:
            StoreUnavailableError: it can't be reached, or a newer program wrote it.
        """
        connections = await Connections.open(url, patience)
        try:
            await migrate(connections)
        except BaseException:
            await connections.close()
            raise
        return cls(connections)

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Load, step and write as one transaction; where another gateway was in the way, all over again."""
        await self._transactor.transact(keys, step)

    async def invitation(self, lookup: bytes) -> InvitationRecord | None:
        """Find an invitation by the SHA-256 of its token's random part."""
        found = await self._one("SELECT body FROM invitation WHERE lookup = $1", lookup)
        return None if found is None else rows.decode_invitation(found)

    async def person(self, person: str) -> PersonState:
        """Give what is kept of a person, which may be nothing."""
        found = await self._one("SELECT body FROM person WHERE id = $1", escape(person))
        return NOBODY if found is None else rows.decode_person(found)

    async def due(self, lane: str, now: Instant, limit: int) -> Sequence[WakeUp]:
        """Give at most `limit` wake-ups of a lane whose instant has come, the earliest first."""
        return [WakeUp(*row) for row in await self._many(queries.DUE, escape(lane), now, limit)]

    async def scheduled(self) -> Mapping[str, int]:
        """Give how many wake-ups each lane has, due or not."""
        return dict(await self._many("SELECT lane, count(*) FROM wake_up GROUP BY lane"))

    async def reports_seen(self, ids: Sequence[str]) -> frozenset[str]:
        """Tell which of these SDK reports were counted already."""
        found = await self._many("SELECT id FROM report WHERE id = ANY($1::text[])", escape_all(ids))
        return frozenset(row[0] for row in found)

    async def counts(self) -> Mapping[CountKey, int]:
        """Give all counts kept."""
        return {CountKey(*row[:5]): row[5] for row in await self._many(queries.COUNTS)}

    async def measures(self) -> Mapping[MeasureKey, Measure]:
        """Give all measures kept."""
        return {MeasureKey(*row[:4]): Measure(*row[4:]) for row in await self._many(queries.MEASURES)}

    async def ruleset(self, version: str) -> bytes | None:
        """Give a kept ruleset's JSON."""
        found: bytes | None = await self._one("SELECT body FROM ruleset WHERE version = $1", escape(version))
        return found

    async def versions(self, before: int | None, limit: int) -> Sequence[VersionRecord]:
        """Give at most `limit` versions of the survey folder, newest first."""
        below = versions.END if before is None else before
        return [rows.decode_version(row[0]) for row in await self._many(versions.NEWEST_FIRST, below, limit)]

    async def version(self, number: int) -> VersionRecord | None:
        """Give one version of the survey folder."""
        found = await self._one(versions.ONE, number)
        return None if found is None else rows.decode_version(found)

    async def files(self, content: str) -> dict[str, str] | None:
        """Give the files that versions with this content are made of."""
        found = await self._one(versions.FILES, escape(content))
        return None if found is None else rows.decode_files(found)

    async def drop_versions(self, numbers: Collection[int]) -> None:
        """Drop versions, and with them the files and rulesets that no other version names, in one transaction."""
        async with self._connections.one() as connection, transaction(connection):
            await versions.drop(connection, numbers)

    async def journal(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Read at most `limit` journal rows with `seq` above `after`, ascending; none that another may yet precede."""
        return [JournalRow(*plain(row)) for row in await self._horizon.read(after, limit)]

    async def head(self) -> int:
        """Give the highest `seq` in the journal below which nothing more will come, 0 when it is empty."""
        return await self._horizon.head()

    async def cursor(self, consumer: str) -> Cursor | None:
        """Give a consumer's cursor, None for one that never ran."""
        found = await self._one("SELECT body FROM cursor WHERE consumer = $1", escape(consumer))
        return None if found is None else rows.decode_cursor(found)

    async def save_cursor(
        self,
        consumer: str,
        cursor: Cursor,
        dead: Sequence[DeadLetter] = (),
        *,
        again: Sequence[DeadLetter] = (),
        settled: Collection[int] = (),
    ) -> None:
        """Write a cursor together with what became of letters, in one durable transaction."""
        held = (escape(consumer), rows.encode(cursor), self._holder)
        if dead or again or settled or cursor.order != self._followed.get(consumer, 0):
            letters = _columns_of(dead, again, settled)
            saved = await self._connections.fetch(queries.SAVE_ALL, *held, *letters, cursor.order)
        else:
            saved = await self._connections.fetch(queries.SAVE_CURSOR, *held)
        if not saved:
            raise LeaseLostError(f"another gateway has the lease of {consumer}")
        self._followed[consumer] = cursor.order

    async def give_order(self, consumer: str, replay: int | None = None) -> int:
        """Leave an order for whoever delivers for this consumer, and give its number."""
        return int(await self._one(queries.ORDER, escape(consumer), replay))

    async def orders(self, consumer: str) -> Sequence[Order]:
        """Give the orders of a consumer that were not followed yet, in their order."""
        return [Order(*row) for row in await self._many(queries.ORDERS, escape(consumer))]

    async def lease(self, name: str, span: Span, note: bytes = b"") -> bool:
        """Get or renew a lease for so long; False where another gateway has it. Time is the server's."""
        lasting = timedelta(milliseconds=span)
        return bool(await self._connections.fetch(queries.LEASE, escape(name), self._holder, lasting, note))

    async def notes(self) -> Mapping[str, bytes]:
        """Give the notes on the leases of all gateways."""
        return dict(await self._many(queries.NOTES))

    async def release(self, name: str) -> None:
        """End a lease of this gateway's; one that it does not have is no mistake."""
        await self._connections.fetch(queries.RELEASE, escape(name), self._holder)

    async def token_secret(self, secret: bytes | None, hash_: bytes) -> tuple[bytes | None, bytes]:
        """Keep a secret, or only the hash of one that is not to be kept, unless there is one; give what is kept."""
        await self._connections.fetch(queries.KEEP_TOKENS, secret, hash_)
        async with self._connections.one() as connection:  # a move may have begun since this store was opened
            await refuse_half_moved(connection)
        kept = (await self._connections.fetch(queries.TOKENS))[0]
        return kept[0], kept[1]

    async def dead_letters(self, consumer: str, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Give a consumer's oldest letters with sequences above `after`."""
        return _letters(await self._many(queries.DEAD_LETTERS, escape(consumer), after, limit))

    async def count_letters(self, consumer: str) -> LetterCount:
        """Count a consumer's letters."""
        return LetterCount(*(await self._many(queries.COUNT_LETTERS, escape(consumer)))[0])

    async def due_letters(self, consumer: str, now: Instant, limit: int) -> Sequence[DeadLetter]:
        """Give at most `limit` letters that are to be tried again by now, the earliest due first."""
        return _letters(await self._many(queries.DUE_LETTERS, escape(consumer), now, limit))

    async def retry_letters(self, consumer: str, now: Instant, seqs: Collection[int] | None = None) -> int:
        """Have letters (all where None) tried again from now on, and give how many those are."""
        wanted = None if seqs is None else list(seqs)
        return int(await self._one(queries.RETRY_LETTERS, escape(consumer), now, wanted))

    async def keys(self) -> Sequence[KeyRecord]:
        """Give every API key in the order of creation, revoked ones included."""
        found = [rows.decode_key(row[0]) for row in await self._many("SELECT body FROM api_key")]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def save_key(self, key: KeyRecord) -> None:
        """Insert or replace an API key by its id."""
        await self._connections.fetch(queries.SAVE_KEY, escape(key.id), rows.encode(key))

    async def forget(self, before: Instant, *, feedback: Instant) -> None:
        """Drop remembered decisions and report ids older than `before`, and feedback seen before `feedback`."""
        await forget_in_steps(self._one, queries.FORGETTING, before, feedback)

    async def check(self) -> None:
        """Prove that a commit is possible now by making one that changes nothing.

        Raises:
            StoreUnavailableError: it is not; the message says why.
        """
        await self._connections.fetch(queries.PROVE)

    async def close(self) -> None:
        """Let what is under way end, and hang up."""
        self._transactor.close()
        await self._connections.close()

    async def _many(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return [plain(row) for row in await self._connections.fetch(query, *values)]

    async def _one(self, query: str, *values: Any) -> Any:
        found = await self._connections.fetch(query, *values)
        return found[0][0] if found else None


def _columns_of(
    dead: Sequence[DeadLetter], again: Sequence[DeadLetter], settled: Collection[int]
) -> tuple[list[Any], ...]:
    return (
        [it.seq for it in dead],
        [rows.encode_letter(it) for it in dead],
        [escape(it.subject) for it in dead],
        [it.at for it in dead],
        [it.seq for it in again],
        [rows.encode_letter(it) for it in again],
        [it.due for it in again],
        [it.seq for it in (*dead, *again) if it.due is None],
        list(settled),
    )


def _letters(found: Sequence[tuple[Any, ...]]) -> list[DeadLetter]:
    return [replace(rows.decode_letter(body), due=due) for body, due in found]
