"""The writer's transaction, inside its thread: load, step, write, one fsync.

Many rows go into one statement, because each statement gives up the interpreter's lock and may wait milliseconds to
get it back from a busy event loop. Bytes go in as a `bytearray`, which `sqlite3` takes as it is: `bytes` it asks each
time how they want to be adapted, which costs two exceptions.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from msgspec.structs import astuple

from tactful_gateway.store import rows, sqlite_versions
from tactful_gateway.store.base import Changes, Forgetting, Keys, State, complete_decisions, complete_keys, pointed_at
from tactful_gateway.store.personal import sqlite_steps as personal
from tactful_gateway.store.records import DecisionKey, InvitationRecord, SeenFeedback
from tactful_gateway.store.sqlite_file import BUSY_TIMEOUT, SLICE, Handle
from tactful_rules.model.person import PersonState

MOST = 128
"""Rows in one statement; powers of two up to this keep the number of different statements small."""

# What stands before the condition, and the columns of the key.
PERSONS = ("SELECT id, body FROM person WHERE ", "id")
INVITATIONS = ("SELECT id, body FROM invitation WHERE ", "id")
QUOTAS = ("SELECT rule, body FROM quota WHERE ", "rule")
REPORTS = ("SELECT id, at FROM report WHERE ", "id")
FEEDBACK = ("SELECT key, at, digest FROM feedback WHERE ", "key")
DECISIONS = ("SELECT person, touchpoint, event_id, body FROM decision WHERE ", "person", "touchpoint", "event_id")

DUE = """
SELECT lane, due, invitation, person, rule FROM wake_up WHERE lane = ? AND due <= ? ORDER BY due, invitation LIMIT ?"""
DROP_WAKE_UPS = ("DELETE FROM wake_up WHERE ", "lane", "due", "invitation")

PUT_PERSON = ("INSERT INTO person (id, body) VALUES ", " ON CONFLICT DO UPDATE SET body = excluded.body")
PUT_INVITATION = (
    "INSERT INTO invitation (id, lookup, person, body) VALUES ",
    " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
)
PUT_QUOTA = ("INSERT INTO quota (rule, body) VALUES ", " ON CONFLICT DO UPDATE SET body = excluded.body")
PUT_DECISION = ("INSERT OR REPLACE INTO decision (person, touchpoint, event_id, at, body) VALUES ", "")
PUT_REPORT = ("INSERT OR REPLACE INTO report (id, at) VALUES ", "")
PUT_FEEDBACK = ("INSERT OR REPLACE INTO feedback (key, at, digest) VALUES ", "")
PUT_WAKE_UP = ("INSERT OR IGNORE INTO wake_up (lane, due, invitation, person, rule) VALUES ", "")
PUT_EVENT = ("INSERT INTO journal (type, subject, at, body) VALUES ", "")
PUT_COUNT = (
    "INSERT INTO counted (hour, touchpoint, rule, reason, source, count) VALUES ",
    " ON CONFLICT DO UPDATE SET count = count + excluded.count",
)
PUT_MEASURE = (
    "INSERT INTO measured (hour, touchpoint, reason, param, count, sum, sum_squares, min, max) VALUES ",
    (
        " ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum,"
        " sum_squares = sum_squares + excluded.sum_squares, min = min(min, excluded.min), max = max(max, excluded.max)"
    ),
)
PUT_JOINED = ("INSERT OR REPLACE INTO joined (id, person) VALUES ", "")

FORGETTING = Forgetting(
    decisions="""
    DELETE FROM decision WHERE (person, touchpoint, event_id) IN
    (SELECT person, touchpoint, event_id FROM decision WHERE at < ? LIMIT ?)""",
    reports="DELETE FROM report WHERE id IN (SELECT id FROM report WHERE at < ? LIMIT ?)",
    feedback="DELETE FROM feedback WHERE key IN (SELECT key FROM feedback WHERE at < ? LIMIT ?)",
)

Row = tuple[Any, ...]
T = TypeVar("T", str, bytearray)


def _begin(db: sqlite3.Connection) -> None:
    """Begin to write, waiting for a lock that another process holds."""
    waited_from = None
    while True:
        try:
            db.execute("BEGIN IMMEDIATE")  # a deferred one that turns to writing fails at once when busy
        except sqlite3.OperationalError as error:
            now = time.monotonic()
            waited_from = waited_from or now
            over = now - waited_from >= (BUSY_TIMEOUT - SLICE) / 1000
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or over or (isinstance(db, Handle) and db.hurried):
                raise
        else:
            return


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or none of it."""
    _begin(db)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite has rolled back by itself after a full disk
            db.execute("ROLLBACK")
        raise


def transact(db: sqlite3.Connection, keys: Keys, step: Callable[[State], Changes]) -> None:
    """Load `keys`, run `step` and write its changes as one transaction."""
    with transaction(db):
        save(db, step(load(db, keys)))


def prove(db: sqlite3.Connection) -> None:
    """Commit something that changes nothing: the schema's number, as it is."""
    with transaction(db):
        db.execute(f"PRAGMA user_version = {db.execute('PRAGMA user_version').fetchone()[0]}")


def load(db: sqlite3.Connection, keys: Keys) -> State:
    """Read what `keys` name and what comes along with it; of the person that they say to erase, for the last time."""
    ids = () if keys.erase is None else personal.ids(db, keys.erase)
    persons = _load_persons(db, keys.persons.union(ids))
    remembered = _among(db, DECISIONS, complete_decisions(keys, persons))
    loaded = State(
        persons=persons,
        decisions={DecisionKey(*row[:3]): rows.decode_decision(row[3]) for row in remembered},
        reports=dict(_among(db, REPORTS, _single(keys.reports))),
        feedback={
            key: SeenFeedback(*seen) for key, *seen in _among(db, FEEDBACK, _single(map(bytearray, keys.feedback)))
        },
    )
    invitations, quotas = complete_keys(keys, loaded)
    found = _among(db, INVITATIONS, _single(invitations))
    loaded.invitations = {key: rows.decode_invitation(body) for key, body in found}
    loaded.quotas = {key: rows.decode_quota(body) for key, body in _among(db, QUOTAS, _single(quotas))}
    if ids:
        loaded.belongings = personal.erase(db, ids, {key: persons[key] for key in ids if key in persons})
    if keys.latest_version:
        loaded.latest_version = sqlite_versions.latest(db)
    return loaded


def _load_persons(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, PersonState]:
    persons: dict[str, PersonState] = {}
    wanted: Iterable[str] = ids
    while wanted:
        found = {key: rows.decode_person(body) for key, body in _among(db, PERSONS, _single(wanted))}
        persons |= found
        wanted = pointed_at(found, persons)
    return persons


def save(db: sqlite3.Connection, changes: Changes) -> None:
    """Write changes, journal events in their order."""
    put(db, PUT_PERSON, [(key, bytearray(rows.encode_person(state))) for key, state in changes.persons.items()])
    put(db, PUT_JOINED, [(key, it.alias_of) for key, it in changes.persons.items() if it.alias_of is not None])
    put(db, PUT_INVITATION, [_invitation_row(it) for it in changes.invitations.values()])
    put(db, PUT_QUOTA, [(rule, rows.encode(use)) for rule, use in changes.quotas.items()])
    put(db, PUT_DECISION, [(*key, kept.at, bytearray(rows.encode(kept))) for key, kept in changes.decisions.items()])
    put(db, PUT_REPORT, list(changes.reports.items()))
    put(db, PUT_FEEDBACK, [_feedback_row(key, seen) for key, seen in changes.feedback.items()])
    put(db, PUT_COUNT, [(*key, count) for key, count in changes.counts.items()])
    put(db, PUT_MEASURE, [(*key, *astuple(measure)) for key, measure in changes.measures.items()])
    for publication in changes.published:  # before the events: its consumers start there
        sqlite_versions.publish(db, publication)
    if changes.woken:
        list(_among(db, DROP_WAKE_UPS, [wake_up[:3] for wake_up in changes.woken]))
    put(db, PUT_WAKE_UP, changes.wake_ups)
    put(db, PUT_EVENT, rows.encode_events(changes.events))


def _invitation_row(record: InvitationRecord) -> Row:
    return record.id, bytearray(record.lookup), record.person, bytearray(rows.encode(record))


def _feedback_row(key: bytes, seen: SeenFeedback) -> Row:
    return bytearray(key), seen.at, bytearray(seen.digest)


def put(db: sqlite3.Connection, statement: tuple[str, str], rows_: Sequence[Row]) -> None:
    """Insert rows in order, many a statement; `statement` is what stands before and after the values."""
    start = 0
    while start < len(rows_):
        size = min(MOST, 1 << (len(rows_) - start).bit_length() - 1)
        part = rows_[start : start + size]
        before, after = statement
        db.execute(before + _holes(len(part[0]), size) + after, list(chain.from_iterable(part)))
        start += size


def _among(db: sqlite3.Connection, query: tuple[str, ...], keys: Collection[Sequence[Any]]) -> Iterable[Row]:
    before, *columns = query
    wanted = list(keys)
    for start in range(0, len(wanted), MOST):
        part = wanted[start : start + MOST]
        size = 1 << (len(part) - 1).bit_length()
        part += part[-1:] * (size - len(part))  # the same key again finds nothing new
        condition = _is_one_of(tuple(columns), size)
        yield from db.execute(before + condition, list(chain.from_iterable(part))).fetchall()


def _single(keys: Iterable[T]) -> list[tuple[T]]:
    return [(key,) for key in keys]


@lru_cache(maxsize=256)
def _holes(width: int, size: int) -> str:
    row = f"({', '.join('?' * width)})"
    return ", ".join([row] * size)


@lru_cache(maxsize=256)
def _is_one_of(columns: tuple[str, ...], size: int) -> str:
    if len(columns) == 1:
        return f"{columns[0]} IN ({_holes(1, size)})"
    # `(a, b) IN (VALUES ...)` would read the whole table: SQLite looks up one such row in an index, but not several.
    one = " AND ".join(f"{column} = ?" for column in columns)
    return " OR ".join([f"({one})"] * size)
