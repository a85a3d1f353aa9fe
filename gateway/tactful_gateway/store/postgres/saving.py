"""Writes what a batch changes: all of it in one statement, each table in one part, rows in sorted order.

A part names its columns and their types; rows go as one array a column (`unnest`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import astuple

from tactful_gateway.store import rows
from tactful_gateway.store.base import Changes
from tactful_gateway.store.postgres.loading import Loaded
from tactful_gateway.store.postgres.texts import columns

Rows = Sequence[Sequence[Any]]


class Table(NamedTuple):
    """Where rows go: `columns` with their types, and what becomes of one whose key is taken; nothing means an error."""

    name: str
    columns: dict[str, str]
    taken: str = ""

    @property
    def new(self) -> Table:
        """The same for rows that must be new."""
        return self._replace(taken="")


BODY = "ON CONFLICT ({}) DO UPDATE SET body = excluded.body"
PERSON = Table("person", {"id": "text", "body": "bytea"}, BODY.format("id"))
INVITATION = Table(
    "invitation", {"id": "text", "lookup": "bytea", "person": "text", "body": "bytea"}, BODY.format("id")
)
JOINED = Table("joined", {"id": "text", "person": "text"}, "ON CONFLICT (id) DO UPDATE SET person = excluded.person")
QUOTA = Table("quota", {"rule": "text", "body": "bytea"}, BODY.format("rule"))
DECISION = Table(
    "decision",
    {"person": "text", "touchpoint": "text", "event_id": "text", "at": "bigint", "body": "bytea"},
    "ON CONFLICT (person, touchpoint, event_id) DO UPDATE SET at = excluded.at, body = excluded.body",
)
REPORT = Table("report", {"id": "text", "at": "bigint"}, "ON CONFLICT (id) DO UPDATE SET at = excluded.at")
FEEDBACK = Table(
    "feedback",
    {"key": "bytea", "at": "bigint", "digest": "bytea"},
    "ON CONFLICT (key) DO UPDATE SET at = excluded.at, digest = excluded.digest",
)
COUNT = Table(
    "counted",
    {
        "hour": "bigint",
        "touchpoint": "text",
        "rule": "text",
        "reason": "text",
        "source": "text",
        "shard": "smallint",
        "count": "bigint",
    },
    (
        "ON CONFLICT (hour, touchpoint, rule, reason, source, shard)"
        " DO UPDATE SET count = counted.count + excluded.count"
    ),
)
MEASURE = Table(
    "measured",
    {
        "hour": "bigint",
        "touchpoint": "text",
        "reason": "text",
        "param": "text",
        "shard": "smallint",
        "count": "bigint",
        "sum": "double precision",
        "sum_squares": "double precision",
        "min": "double precision",
        "max": "double precision",
    },
    (
        "ON CONFLICT (hour, touchpoint, reason, param, shard) DO UPDATE SET count = measured.count + excluded.count,"
        " sum = measured.sum + excluded.sum, sum_squares = measured.sum_squares + excluded.sum_squares,"
        " min = least(measured.min, excluded.min), max = greatest(measured.max, excluded.max)"
    ),
)
WAKE_UP = Table(
    "wake_up",
    {"lane": "text", "due": "bigint", "invitation": "text", "person": "text", "rule": "text"},
    "ON CONFLICT DO NOTHING",
)
EVENT = Table("journal", {"type": "text", "subject": "text", "at": "bigint", "body": "bytea"})


class Writing:
    """One statement in the making."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.values: list[list[Any]] = []

    def insert(self, table: Table, kept: Rows) -> None:
        """Insert rows, in their order."""
        if kept:
            names, source = ", ".join(table.columns), self._source(table.columns, kept)
            # The names are those of this module; whatever comes from outside is among the values.
            into = f"INSERT INTO {table.name} ({names})"
            self._parts.append(f"{into} SELECT {names} FROM {source} ORDER BY place {table.taken}")  # noqa: S608

    def drop_wake_ups(self, kept: Rows) -> None:
        """Drop wake-ups by lane, instant and invitation."""
        if kept:
            source = self._source({"lane": "text", "due": "bigint", "invitation": "text"}, kept)
            found = "(wake_up.lane, wake_up.due, wake_up.invitation) = (u.lane, u.due, u.invitation)"
            self._parts.append(f"DELETE FROM wake_up USING {source} WHERE {found}")  # noqa: S608

    @property
    def query(self) -> str:
        """The statement, empty when there is nothing to write."""
        if not self._parts:
            return ""
        parts = ", ".join(f"part{place} AS ({part})" for place, part in enumerate(self._parts))
        return f"WITH {parts} SELECT"

    def _source(self, named: dict[str, str], kept: Rows) -> str:
        first = len(self.values) + 1
        self.values += columns(kept)
        arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(named.values(), first))
        return f"unnest({arrays}) WITH ORDINALITY AS u({', '.join(named)}, place)"


def written(changes: Changes, loaded: Loaded, shard: int) -> Writing:
    """Make the statement that writes changes; what was asked for and absent must be so still."""
    writing = Writing()
    bodies = sorted((key, rows.encode_person(state)) for key, state in changes.persons.items())
    writing.insert(PERSON.new, [it for it in bodies if it[0] in loaded.persons])
    writing.insert(PERSON, [it for it in bodies if it[0] not in loaded.persons])
    joined = ((key, it.alias_of) for key, it in changes.persons.items() if it.alias_of is not None)
    writing.insert(JOINED, sorted(joined))
    writing.insert(
        INVITATION, sorted((it.id, it.lookup, it.person, rows.encode(it)) for it in changes.invitations.values())
    )
    bodies = sorted((rule, rows.encode(use)) for rule, use in changes.quotas.items())
    writing.insert(QUOTA.new, [it for it in bodies if it[0] in loaded.quotas])
    writing.insert(QUOTA, [it for it in bodies if it[0] not in loaded.quotas])
    kept = sorted(changes.decisions.items(), key=lambda it: it[0])
    writing.insert(DECISION.new, [(*key, it.at, rows.encode(it)) for key, it in kept if key in loaded.decisions])
    writing.insert(DECISION, [(*key, it.at, rows.encode(it)) for key, it in kept if key not in loaded.decisions])
    reports = sorted(changes.reports.items())
    writing.insert(REPORT.new, [it for it in reports if it[0] in loaded.reports])
    writing.insert(REPORT, [it for it in reports if it[0] not in loaded.reports])
    feedback = sorted((key, seen.at, seen.digest) for key, seen in changes.feedback.items())
    writing.insert(FEEDBACK.new, [it for it in feedback if it[0] in loaded.feedback])
    writing.insert(FEEDBACK, [it for it in feedback if it[0] not in loaded.feedback])
    writing.insert(COUNT, sorted((*key, shard, count) for key, count in changes.counts.items()))
    writing.insert(MEASURE, sorted((*key, shard, *astuple(measure)) for key, measure in changes.measures.items()))
    # One statement sees none of its own writing: what goes and comes at once just stays.
    again = {wake_up[:3] for wake_up in changes.wake_ups}
    writing.drop_wake_ups(sorted({it[:3] for it in changes.woken} - again))
    writing.insert(WAKE_UP, sorted(set(changes.wake_ups)))
    writing.insert(EVENT, rows.encode_events(changes.events))
    return writing
