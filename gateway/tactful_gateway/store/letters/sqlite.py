"""Cursors, letters and orders in SQLite, inside the writer's thread.

When a letter is due stands in a table of its own: asking for a hundred thousand must not write all their bodies anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from msgspec.structs import replace

from tactful_gateway.store import rows
from tactful_gateway.store.records import Cursor, DeadLetter
from tactful_gateway.store.sqlite_writer import transaction
from tactful_rules.model.ids import Instant

PAGE = """
SELECT letter, due FROM dead_letter LEFT JOIN letter_due USING (consumer, seq)
WHERE consumer = ? AND seq > ? ORDER BY seq LIMIT ?"""
DUE = """
SELECT letter, due FROM letter_due JOIN dead_letter USING (consumer, seq)
WHERE consumer = ? AND due <= ? ORDER BY due, seq LIMIT ?"""
COUNT = """
SELECT (SELECT count(*) FROM dead_letter WHERE consumer = ?1) - count(*), count(*), min(due)
FROM letter_due WHERE consumer = ?1"""
ORDERS = "SELECT number, replay FROM consumer_order WHERE consumer = ? ORDER BY number"

_PUT_CURSOR = "INSERT OR REPLACE INTO cursor (consumer, body) VALUES (?, ?)"
_BURY = """
INSERT INTO dead_letter (consumer, seq, subject, at, letter) SELECT ?1, ?2, ?3, ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM journal WHERE seq = ?2 AND type = 'erased')
ON CONFLICT (consumer, seq) DO UPDATE SET subject = excluded.subject, at = excluded.at, letter = excluded.letter"""
_PUT_BACK = "UPDATE dead_letter SET letter = ?3 WHERE consumer = ?1 AND seq = ?2"
_PUT_DUE = """
INSERT OR REPLACE INTO letter_due (consumer, seq, due) SELECT consumer, seq, ?3 FROM dead_letter
WHERE consumer = ?1 AND seq = ?2"""
_DROP_DUE = "DELETE FROM letter_due WHERE consumer = ? AND seq = ?"
_DROP_LETTER = "DELETE FROM dead_letter WHERE consumer = ? AND seq = ?"
_PUT_ORDER = "INSERT INTO consumer_order (consumer, replay) VALUES (?, ?)"
_DROP_ORDERS = "DELETE FROM consumer_order WHERE consumer = ? AND number <= ?"
_RETRY_ALL = """
INSERT INTO letter_due (consumer, seq, due) SELECT consumer, seq, ? FROM dead_letter WHERE consumer = ?
ON CONFLICT DO NOTHING"""
_RETRY_ONE = """
INSERT INTO letter_due (consumer, seq, due) SELECT consumer, seq, ? FROM dead_letter WHERE consumer = ? AND seq = ?
ON CONFLICT DO NOTHING"""


def save_cursor(
    db: sqlite3.Connection,
    consumer: str,
    cursor: Cursor,
    dead: Sequence[DeadLetter],
    again: Sequence[DeadLetter],
    settled: Collection[int],
) -> None:
    """Write a cursor together with what became of letters, as one transaction."""
    body, orders = rows.encode(cursor), cursor.order
    buried = [(consumer, it.seq, it.subject, it.at, rows.encode_letter(it)) for it in dead]
    put_back = [(consumer, it.seq, rows.encode_letter(it)) for it in again]
    not_due = [(consumer, it.seq) for it in (*dead, *again) if it.due is None]
    due = [(consumer, it.seq, it.due) for it in again if it.due is not None]
    with transaction(db):
        db.execute(_PUT_CURSOR, (consumer, body))
        db.executemany(_BURY, buried)
        db.executemany(_PUT_BACK, put_back)
        db.executemany(_DROP_DUE, not_due)
        db.executemany(_PUT_DUE, due)
        db.executemany(_DROP_LETTER, [(consumer, seq) for seq in settled])
        if orders:
            db.execute(_DROP_ORDERS, (consumer, orders))


def give_order(db: sqlite3.Connection, consumer: str, replay: int | None) -> int:
    """Write an order and give its number."""
    with transaction(db):
        return int(db.execute(_PUT_ORDER, (consumer, replay)).lastrowid or 0)


def retry(db: sqlite3.Connection, consumer: str, now: Instant, seqs: Collection[int] | None) -> int:
    """Have dead letters (all where None) tried again from now on, and give how many those are."""
    with transaction(db):
        if seqs is None:
            return db.execute(_RETRY_ALL, (now, consumer)).rowcount
        return sum(db.execute(_RETRY_ONE, (now, consumer, seq)).rowcount for seq in seqs)


def decode(found: Sequence[Sequence[Any]]) -> list[DeadLetter]:
    """Read letters, each with when it is due."""
    return [replace(rows.decode_letter(body), due=due) for body, due in found]
