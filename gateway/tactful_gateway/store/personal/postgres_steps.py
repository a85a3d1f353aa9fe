"""What is kept of a person in PostgreSQL, inside the transactions of others.

What surprises: a person's rows are locked first, so nobody adds to what goes, and rows of a table in the order of its
key, in which everybody locks them: an `ANY` alone takes them as they are found. What commits in the meantime under an
id that nobody has yet begins a new life.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tactful_gateway.store import rows
from tactful_gateway.store.personal.base import Belongings, Held, held_of
from tactful_gateway.store.postgres.connections import Connection
from tactful_gateway.store.postgres.texts import escape, unescape
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.person import PersonState

STEP = 200
"""Rows of a kind that go in one transaction, so that others never wait long for it."""

IDS = """
WITH RECURSIVE
up (id) AS (SELECT $1::text COLLATE "C" UNION SELECT joined.person FROM joined JOIN up ON joined.id = up.id),
every (id) AS (SELECT id FROM up UNION SELECT joined.id FROM joined JOIN every ON joined.person = every.id)
SELECT id FROM every ORDER BY EXISTS (SELECT 1 FROM joined WHERE joined.id = every.id), id"""

_RECORDS = "SELECT body FROM invitation WHERE person = $1 ORDER BY id LIMIT $2"
_WAKE_UPS = """
DELETE FROM wake_up WHERE (lane, due, invitation) IN (
    SELECT lane, due, invitation FROM wake_up WHERE invitation = ANY($1::text[])
    ORDER BY lane, due, invitation FOR UPDATE
)"""
_INVITATIONS = """
DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE)"""
_EVENTS = """
UPDATE journal SET type = 'erased', subject = '', body = '' WHERE seq IN
(SELECT seq FROM journal WHERE subject = $1 AND type <> 'tactful.person.erased' ORDER BY seq LIMIT $2 FOR UPDATE)"""
_DECISIONS = """
DELETE FROM decision WHERE (person, touchpoint, event_id) IN (
    SELECT person, touchpoint, event_id FROM decision WHERE person = $1
    ORDER BY touchpoint, event_id LIMIT $2 FOR UPDATE
)"""
_LETTERS = """
DELETE FROM dead_letter WHERE (consumer, seq) IN
(SELECT consumer, seq FROM dead_letter WHERE subject = $1 ORDER BY consumer, seq LIMIT $2 FOR UPDATE)"""


async def find_ids(connection: Connection, person: str) -> tuple[str, ...]:
    """Give all ids of a person, first the one it is kept under."""
    return tuple(unescape(row[0]) for row in await connection.fetch(IDS, escape(person)))


async def erase(connection: Connection, ids: Sequence[str], states: dict[str, PersonState]) -> Belongings:
    """Erase everything under these ids, and tell how much it was."""
    held = Held(ids=len(states))
    for id_ in ids:
        held = held.plus(await sweep(connection, id_, None, lambda _: True))
    escaped = [escape(id_) for id_ in ids]
    await connection.execute("DELETE FROM person WHERE id = ANY($1::text[])", escaped)
    await connection.execute("DELETE FROM joined WHERE id = ANY($1::text[])", escaped)
    return Belongings(tuple(ids), states, held)


async def sweep(connection: Connection, id_: str, limit: int | None, goes: Callable[[InvitationRecord], bool]) -> Held:
    """Erase at most `limit` things of each kind, all where that is None; of invitations those that go."""
    id_ = escape(id_)
    found = [rows.decode_invitation(row[0]) for row in await connection.fetch(_RECORDS, id_, limit)]
    dropped = await drop(connection, [record for record in found if goes(record)])
    return dropped.plus(
        Held(
            decisions=count_of(await connection.execute(_DECISIONS, id_, limit)),
            events=count_of(await connection.execute(_EVENTS, id_, limit)),
            dead_letters=count_of(await connection.execute(_LETTERS, id_, limit)),
        )
    )


async def drop(connection: Connection, records: Sequence[InvitationRecord]) -> Held:
    """Drop invitations with their wake-ups."""
    if not records:
        return Held()
    ids = sorted(escape(record.id) for record in records)
    wake_ups = count_of(await connection.execute(_WAKE_UPS, ids))
    await connection.execute(_INVITATIONS, ids)
    return held_of(records).plus(Held(wake_ups=wake_ups))


def count_of(tag: str) -> int:
    """Give the number of rows that a statement's tag tells, such as `DELETE 3`."""
    return int(tag.rpartition(" ")[2])
