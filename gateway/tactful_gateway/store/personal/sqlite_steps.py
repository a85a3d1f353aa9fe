"""What is kept of a person in a SQLite file, inside the transactions of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from tactful_gateway.store import rows
from tactful_gateway.store.personal.base import (
    Belongings,
    Cut,
    Decided,
    Held,
    Item,
    Kind,
    held_of,
    passed,
)
from tactful_gateway.store.records import Cursor, DecisionKey, InvitationRecord, JournalRow, WakeUp
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import PersonState

STEP = 200
"""Rows of a kind that go in one transaction, so that commits never wait long for it."""
ALL = -1

IDS = """
WITH RECURSIVE
up (id) AS (VALUES (?1) UNION SELECT joined.person FROM joined JOIN up ON joined.id = up.id),
every (id) AS (SELECT id FROM up UNION SELECT joined.id FROM joined JOIN every ON joined.person = every.id)
SELECT id FROM every ORDER BY EXISTS (SELECT 1 FROM joined WHERE joined.id = every.id), id"""

_Read = tuple[str, Callable[..., Item]]
PAGES: Mapping[Kind, _Read] = {
    "invitations": (
        "SELECT body FROM invitation WHERE person = ? AND id > ? ORDER BY id LIMIT ?",
        rows.decode_invitation,
    ),
    "decisions": (
        (
            "SELECT person, touchpoint, event_id, body FROM decision"
            " WHERE person = ? AND (touchpoint, event_id) > (?, ?) ORDER BY touchpoint, event_id LIMIT ?"
        ),
        lambda *row: Decided(DecisionKey(*row[:3]), rows.decode_decision(row[3])),
    ),
    "wake_ups": (
        (
            "SELECT lane, due, invitation, person, rule FROM wake_up"
            " WHERE invitation IN (SELECT id FROM invitation WHERE person = ?)"
            " AND (invitation, lane, due) > (?, ?, ?) ORDER BY invitation, lane, due LIMIT ?"
        ),
        WakeUp,
    ),
    "events": (
        "SELECT seq, type, subject, at, body FROM journal WHERE subject = ? AND seq > ? ORDER BY seq LIMIT ?",
        JournalRow,
    ),
    "dead_letters": (
        (
            "SELECT letter FROM dead_letter WHERE subject = ? AND (consumer, seq) > (?, ?)"
            " ORDER BY consumer, seq LIMIT ?"
        ),
        rows.decode_letter,
    ),
}

_RECORDS = "SELECT body FROM invitation WHERE person = ? LIMIT ?"
_BETWEEN = "SELECT body FROM invitation WHERE id < ? AND id > ? ORDER BY id LIMIT ?"
_EVENTS = """
UPDATE journal SET type = 'erased', subject = '', body = x'' WHERE seq IN
(SELECT seq FROM journal WHERE subject = ? AND type <> 'tactful.person.erased' LIMIT ?)"""
ORDERS = """
UPDATE journal SET type = 'erased', subject = '', body = x'' WHERE type = 'tactful.person.erased' AND seq <= ?"""
LETTERS = "DELETE FROM dead_letter WHERE (consumer, seq) IN (SELECT consumer, seq FROM dead_letter WHERE {} LIMIT ?)"
_DECISIONS = """
DELETE FROM decision WHERE person = ?1 AND (touchpoint, event_id) IN
(SELECT touchpoint, event_id FROM decision WHERE person = ?1 LIMIT ?2)"""
_NEXT = "SELECT seq, at FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1"
_CUT = "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= ? AND at < ? ORDER BY seq LIMIT ?)"
_BLANK = "UPDATE journal SET type = 'erased', subject = '', body = x'' WHERE seq = ? AND type <> 'erased'"


def ids(db: sqlite3.Connection, person: str) -> tuple[str, ...]:
    """Give all ids of a person, first the one it is kept under."""
    return tuple(row[0] for row in db.execute(IDS, (person,)).fetchall())


def erase(db: sqlite3.Connection, every: tuple[str, ...], states: dict[str, PersonState]) -> Belongings:
    """Erase everything under these ids, and tell how much it was."""
    held = Held(ids=len(states))
    for id_ in every:
        held = held.plus(sweep(db, id_, ALL, lambda _: True))
        db.execute("DELETE FROM person WHERE id = ?", (id_,))
        db.execute("DELETE FROM joined WHERE id = ?", (id_,))
    return Belongings(every, states, held)


def sweep(db: sqlite3.Connection, id_: str, limit: int, goes: Callable[[InvitationRecord], bool]) -> Held:
    """Erase at most `limit` things of each kind; of invitations those that go."""
    found = [rows.decode_invitation(row[0]) for row in db.execute(_RECORDS, (id_, limit)).fetchall()]
    dropped = drop(db, [record for record in found if goes(record)])
    letters = LETTERS.format("subject = ?")
    return dropped.plus(
        Held(
            decisions=db.execute(_DECISIONS, (id_, limit)).rowcount,
            events=db.execute(_EVENTS, (id_, limit)).rowcount,
            dead_letters=db.execute(letters, (id_, limit)).rowcount,
        )
    )


def drop(db: sqlite3.Connection, records: Sequence[InvitationRecord]) -> Held:
    """Drop invitations with their wake-ups."""
    keys = [(record.id,) for record in records]
    wake_ups = db.executemany("DELETE FROM wake_up WHERE invitation = ?", keys).rowcount if keys else 0
    if keys:
        db.executemany("DELETE FROM invitation WHERE id = ?", keys)
    return held_of(records).plus(Held(wake_ups=wake_ups))


def is_closed(record: InvitationRecord) -> bool:
    """Tell whether no person's state names it any more."""
    return record.status != "open"


def between(db: sqlite3.Connection, *, after: str, end: str) -> list[InvitationRecord]:
    """Give some invitations by their ids, in order."""
    return [rows.decode_invitation(row[0]) for row in db.execute(_BETWEEN, (end, after, STEP)).fetchall()]


def forget_consumer(db: sqlite3.Connection, *, consumer: str) -> None:
    """Forget how far a consumer came, and its orders."""
    db.execute("DELETE FROM cursor WHERE consumer = ?", (consumer,))
    db.execute("DELETE FROM consumer_order WHERE consumer = ?", (consumer,))


def cursors(db: sqlite3.Connection) -> dict[str, Cursor]:
    """Give the cursors of all consumers."""
    return {row[0]: rows.decode_cursor(row[1]) for row in db.execute("SELECT consumer, body FROM cursor").fetchall()}


def newest(db: sqlite3.Connection) -> int:
    """Give the highest number in the journal, 0 when it is empty."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])


def at(db: sqlite3.Connection, seq: int) -> tuple[int, Instant] | None:
    """Give the first journal row from a number on with its instant."""
    found: tuple[int, Instant] | None = db.execute(_NEXT, (seq,)).fetchone()
    return found


def cut(db: sqlite3.Connection, *, before: Instant, old: int, newest: int) -> Cut:
    """Drop some journal rows from before an instant, up to `old`, where every cursor has passed them."""
    upto, held = passed(old, cursors(db))
    dropped = db.execute(_CUT, (min(upto, newest - 1), before, STEP)).rowcount
    if upto == newest:
        db.execute(_BLANK, (newest,))
    return Cut(dropped, held)


def size(db: sqlite3.Connection) -> int:
    """Give how many bytes the file has."""
    pages, each = db.execute("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").fetchone()
    return int(pages) * int(each)
