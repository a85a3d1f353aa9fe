"""Reads what a batch is applied to, and locks it: table after table, rows in sorted order, so nobody waits in a ring.

What surprises: what is not there can't be locked. It is noted as absent, and `saving` inserts it so that a second one
fails, which then starts over. Records of invitations need no lock: whoever touches one has its person.
"""

from __future__ import annotations

from collections.abc import Iterable

from asyncpg import exceptions
from msgspec import Struct

from tactful_gateway.store import rows
from tactful_gateway.store.base import Keys, State, complete_decisions, complete_keys, pointed_at
from tactful_gateway.store.personal.postgres_steps import erase, find_ids
from tactful_gateway.store.postgres import versions
from tactful_gateway.store.postgres.connections import Connection
from tactful_gateway.store.postgres.texts import columns, escape_all, plain
from tactful_gateway.store.records import DecisionKey, RememberedDecision, SeenFeedback
from tactful_rules.model.person import PersonState

PERSONS = "SELECT id, body FROM person WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE"
DECISIONS = """
SELECT person, touchpoint, event_id, body FROM decision
WHERE (person, touchpoint, event_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
ORDER BY person, touchpoint, event_id FOR UPDATE"""
REPORTS = "SELECT id, at FROM report WHERE id = ANY($1::text[])"
FEEDBACK = "SELECT key, at, digest FROM feedback WHERE key = ANY($1::bytea[])"
QUOTAS = "SELECT rule, body FROM quota WHERE rule = ANY($1::text[]) ORDER BY rule FOR UPDATE"
INVITATIONS = "SELECT id, body FROM invitation WHERE id = ANY($1::text[])"


class Loaded(Struct):
    """What was read, and what was asked for and is not there."""

    state: State
    persons: frozenset[str]
    decisions: frozenset[DecisionKey]
    reports: frozenset[str]
    feedback: frozenset[bytes]
    quotas: frozenset[str]


async def load(connection: Connection, keys: Keys, known: set[str]) -> Loaded:
    """Read what `keys` name and what comes along with it.

    `known` are persons who are known to come along. Those found on the way are added to it, and taken without waiting,
    for they are out of order.

    Raises:
        asyncpg.LockNotAvailableError: another transaction has one of those: start over.
    """
    ids = () if keys.erase is None else await find_ids(connection, keys.erase)
    persons = await _load_persons(connection, keys.persons.union(ids), known)
    decisions = complete_decisions(keys, persons)
    remembered = await _load_decisions(connection, decisions)
    state = State(persons=persons, decisions=remembered)
    if keys.reports:
        state.reports = dict(map(plain, await connection.fetch(REPORTS, escape_all(keys.reports))))
    if keys.feedback:
        found_feedback = await connection.fetch(FEEDBACK, list(keys.feedback))
        state.feedback = {key: SeenFeedback(*seen) for key, *seen in found_feedback}
    if keys.latest_version:
        state.latest_version = await versions.latest(connection)
    invitations, quotas = complete_keys(keys, state)
    if quotas:
        found = map(plain, await connection.fetch(QUOTAS, escape_all(quotas)))
        state.quotas = {rule: rows.decode_quota(body) for rule, body in found}
    if invitations:
        found = map(plain, await connection.fetch(INVITATIONS, escape_all(invitations)))
        state.invitations = {key: rows.decode_invitation(body) for key, body in found}
    if keys.erase is not None:
        # Joined to the person while its lock was waited for: those come along as others that are found on the way do.
        late = frozenset(await find_ids(connection, keys.erase)).difference(ids)
        known |= late
        if late:
            raise exceptions.LockNotAvailableError
        state.belongings = await erase(connection, ids, {key: persons[key] for key in ids if key in persons})
    return Loaded(
        state,
        (keys.persons | known).difference(persons),
        decisions.difference(remembered),
        keys.reports.difference(state.reports),
        keys.feedback.difference(state.feedback),
        quotas.difference(state.quotas),
    )


async def _load_persons(connection: Connection, ids: Iterable[str], known: set[str]) -> dict[str, PersonState]:
    persons: dict[str, PersonState] = {}
    wanted, query = known.union(ids), PERSONS
    while wanted:
        found = {
            key: rows.decode_person(body) for key, body in map(plain, await connection.fetch(query, escape_all(wanted)))
        }
        persons |= found
        wanted, query = set(pointed_at(found, persons)), f"{PERSONS} NOWAIT"
        known |= wanted
    return persons


async def _load_decisions(connection: Connection, keys: Iterable[DecisionKey]) -> dict[DecisionKey, RememberedDecision]:
    wanted = columns(list(keys))
    if not wanted:
        return {}
    found = map(plain, await connection.fetch(DECISIONS, *wanted))
    return {DecisionKey(*row[:3]): rows.decode_decision(row[3]) for row in found}
