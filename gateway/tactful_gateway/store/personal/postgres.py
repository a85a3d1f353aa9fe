"""What is kept of a person in PostgreSQL: shown, erased in steps, and let go by age."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from tactful_gateway.store import rows
from tactful_gateway.store.base import BREATH, in_steps
from tactful_gateway.store.personal import postgres_steps as steps
from tactful_gateway.store.personal.base import (
    Cut,
    Decided,
    Held,
    Item,
    Kind,
    Place,
    first_id_of,
    is_over,
    last_old,
    passed,
)
from tactful_gateway.store.personal.postgres_steps import STEP, count_of
from tactful_gateway.store.postgres.connections import Connection, Connections, transaction
from tactful_gateway.store.postgres.texts import escape, plain
from tactful_gateway.store.records import Cursor, DecisionKey, JournalRow, WakeUp
from tactful_rules.model.ids import Instant

PAGES: Mapping[Kind, tuple[str, Callable[..., Item]]] = {
    "invitations": (
        "SELECT body FROM invitation WHERE person = $1 AND id > $2 ORDER BY id LIMIT $3",
        rows.decode_invitation,
    ),
    "decisions": (
        (
            "SELECT person, touchpoint, event_id, body FROM decision"
            " WHERE person = $1 AND (touchpoint, event_id) > ($2, $3) ORDER BY touchpoint, event_id LIMIT $4"
        ),
        lambda *row: Decided(DecisionKey(*row[:3]), rows.decode_decision(row[3])),
    ),
    "wake_ups": (
        (
            "SELECT lane, due, invitation, person, rule FROM wake_up"
            " WHERE invitation IN (SELECT id FROM invitation WHERE person = $1)"
            " AND (invitation, lane, due) > ($2, $3, $4) ORDER BY invitation, lane, due LIMIT $5"
        ),
        WakeUp,
    ),
    "events": (
        "SELECT seq, type, subject, at, body FROM journal WHERE subject = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        JournalRow,
    ),
    "dead_letters": (
        (
            "SELECT letter FROM dead_letter WHERE subject = $1 AND (consumer, seq) > ($2, $3)"
            " ORDER BY consumer, seq LIMIT $4"
        ),
        rows.decode_letter,
    ),
}
_CLOSED = "SELECT body FROM invitation WHERE id < $1 AND id > $2 ORDER BY id LIMIT $3"
_ORDERS = """
UPDATE journal SET type = 'erased', subject = '', body = '' WHERE type = 'tactful.person.erased' AND seq <= $1"""
_OLD_LETTERS = """
DELETE FROM dead_letter WHERE (consumer, seq) IN
(SELECT consumer, seq FROM dead_letter WHERE at < $1 ORDER BY consumer, seq LIMIT $2 FOR UPDATE SKIP LOCKED)"""
_LETTERS_OF = """
DELETE FROM dead_letter WHERE (consumer, seq) IN
(SELECT consumer, seq FROM dead_letter WHERE consumer = $1 ORDER BY seq LIMIT $2 FOR UPDATE)"""
_NEWEST = "SELECT coalesce(max(seq), 0) FROM journal"
_NEXT = "SELECT seq, at FROM journal WHERE seq >= $1 ORDER BY seq LIMIT 1"
_CUT = """
DELETE FROM journal WHERE seq IN
(SELECT seq FROM journal WHERE seq <= $1 AND at < $2 ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED)"""
_BLANK = "UPDATE journal SET type = 'erased', subject = '', body = '' WHERE seq = $1 AND type <> 'erased'"
_CURSORS = "SELECT consumer, body FROM cursor ORDER BY consumer"


class PostgresPersonal:
    """See `Personal`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def ids(self, person: str) -> tuple[str, ...]:
        """Give all ids of a person, first the one it is kept under."""
        async with self._connections.one() as connection:
            return await steps.find_ids(connection, person)

    async def page(self, kind: Kind, id_: str, after: Place, limit: int) -> Sequence[Item]:
        """Give at most `limit` things kept under one id, in the order of their places."""
        query, make = PAGES[kind]
        places = [escape(it) if isinstance(it, str) else it for it in after]
        return [make(*plain(row)) for row in await self._connections.fetch(query, escape(id_), *places, limit)]

    async def sweep(self, id_: str) -> Held:
        """Erase a part of what is kept under one id, save for its state and what is open."""
        async with self._connections.one() as connection, transaction(connection):
            return await steps.sweep(connection, id_, STEP, lambda record: record.status != "open")

    async def drop_orders(self, upto: int) -> None:
        """Erase the content of what had destinations erase a person."""
        await self._connections.fetch(_ORDERS, upto)

    async def scrub(self) -> None:
        """Do nothing: what VACUUM has not freed yet is PostgreSQL's."""

    async def drop_invitations(self, before: Instant) -> int:
        """Drop invitations that were over before an instant, with their answers."""
        dropped, last, end = 0, "", first_id_of(before)
        while True:
            found = await self._connections.fetch(_CLOSED, end, escape(last), STEP)
            records = [rows.decode_invitation(row[0]) for row in found]
            gone = [record for record in records if is_over(record, before)]
            if gone:
                async with self._connections.one() as connection, transaction(connection):
                    dropped += (await steps.drop(connection, gone)).invitations
            if len(records) < STEP:
                return dropped
            last = records[-1].id
            await asyncio.sleep(BREATH)

    async def drop_dead_letters(self, before: Instant) -> int:
        """Drop dead letters that were buried before an instant."""

        async def step() -> int:
            async with self._connections.one() as connection:
                return count_of(await connection.execute(_OLD_LETTERS, before, STEP))

        return await in_steps(step, STEP)

    async def cut_journal(self, before: Instant) -> Cut:
        """Drop journal rows from before an instant, and none that a cursor has not passed."""
        newest = int((await self._connections.fetch(_NEWEST))[0][0])
        old, dropped = await last_old(self._at, newest, before), 0
        while True:
            async with self._connections.one() as connection, transaction(connection):
                upto, held = passed(old, await _cursors(connection))
                step = count_of(await connection.execute(_CUT, min(upto, newest - 1), before, STEP))
                if upto == newest:
                    await connection.execute(_BLANK, newest)
            dropped += step
            if step < STEP:
                return Cut(dropped, held)
            await asyncio.sleep(BREATH)

    async def _at(self, seq: int) -> tuple[int, Instant] | None:
        found = await self._connections.fetch(_NEXT, seq)
        return (found[0][0], found[0][1]) if found else None

    async def forget_consumer(self, consumer: str) -> int | None:
        """Forget how far a consumer came, its letters and its orders."""
        if consumer not in await self.cursors():
            return None
        name = escape(consumer)

        async def step() -> int:
            # In a transaction: a server that hangs would carry a lone statement out long after it was broken off.
            async with self._connections.one() as connection, transaction(connection):
                return count_of(await connection.execute(_LETTERS_OF, name, STEP))

        letters = await in_steps(step, STEP)
        async with self._connections.one() as connection, transaction(connection):
            await connection.execute("DELETE FROM cursor WHERE consumer = $1", name)
            await connection.execute("DELETE FROM consumer_order WHERE consumer = $1", name)
        return letters

    async def cursors(self) -> Mapping[str, Cursor]:
        """Give the cursors of all consumers."""
        async with self._connections.one() as connection:
            return await _cursors(connection)


async def _cursors(connection: Connection) -> dict[str, Cursor]:
    found = map(plain, await connection.fetch(_CURSORS))
    return {consumer: rows.decode_cursor(body) for consumer, body in found}
