"""The versions of the survey folder, inside the transactions of others."""

from __future__ import annotations

from collections.abc import Collection

from tactful_gateway.store import rows
from tactful_gateway.store.postgres.connections import Connection
from tactful_gateway.store.postgres.texts import escape, escape_all
from tactful_gateway.store.records import Cursor, Publication, VersionRecord

NEWEST_FIRST = "SELECT body FROM ruleset_version WHERE number < $1 ORDER BY number DESC LIMIT $2"
ONE = "SELECT body FROM ruleset_version WHERE number = $1"
FILES = "SELECT body FROM survey_files WHERE content = $1"
END = 2**63 - 1
"""Above every number."""

_PUBLISH = "INSERT INTO ruleset_version (number, ruleset, content, body) VALUES ($1, $2, $3, $4)"
_PUT_FILES = "INSERT INTO survey_files (content, body) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_PUT_RULESET = "INSERT INTO ruleset (version, at, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_PUT_CURSORS = "INSERT INTO cursor (consumer, body) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING"
_ALONE = "LOCK TABLE ruleset_version IN SHARE ROW EXCLUSIVE MODE"
"""Whoever publishes waits, or is waited for: it could name files that are found unnamed here. Reading goes on."""
_DROP = "DELETE FROM ruleset_version WHERE number = ANY($1::bigint[]) RETURNING content, ruleset"
_DROP_FILES = """
DELETE FROM survey_files WHERE content = ANY($1::text[])
AND NOT EXISTS (SELECT 1 FROM ruleset_version AS other WHERE other.content = survey_files.content)"""
_DROP_RULESETS = """
DELETE FROM ruleset WHERE version = ANY($1::text[])
AND NOT EXISTS (SELECT 1 FROM ruleset_version AS other WHERE other.ruleset = ruleset.version)"""


async def latest(connection: Connection) -> VersionRecord | None:
    """Give the version with the highest number."""
    found = await connection.fetchval(NEWEST_FIRST, END, 1)
    return None if found is None else rows.decode_version(found)


async def publish(connection: Connection, publication: Publication) -> None:
    """Write a version with its files and ruleset, and start its consumers behind the last number given so far.

    Whoever publishes at the same moment gets the same number, and starts over.
    """
    version = publication.version
    ruleset, content = escape(version.ruleset), escape(version.content)
    await connection.execute(_PUBLISH, version.number, ruleset, content, rows.encode(version))
    await connection.execute(_PUT_FILES, content, rows.encode_files(publication.files))
    await connection.execute(_PUT_RULESET, ruleset, version.at, publication.body)
    if publication.consumers:
        head = await connection.fetchval("SELECT last FROM journal_horizon(0)")
        await connection.execute(_PUT_CURSORS, escape_all(publication.consumers), rows.encode(Cursor(seq=head)))


async def drop(connection: Connection, numbers: Collection[int]) -> None:
    """Drop versions, and with them the files and rulesets that no other version names."""
    await connection.execute(_ALONE)
    dropped = await connection.fetch(_DROP, list(numbers))
    await connection.execute(_DROP_FILES, [row[0] for row in dropped])
    await connection.execute(_DROP_RULESETS, [row[1] for row in dropped])
