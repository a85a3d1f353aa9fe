"""The versions of the survey folder in a SQLite file, inside the transactions of others.

What surprises: rulesets that no version ever named, from before versions were kept, are never dropped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from tactful_gateway.store import rows
from tactful_gateway.store.records import Cursor, Publication, VersionRecord

LATEST = "SELECT body FROM ruleset_version ORDER BY number DESC LIMIT 1"
NEWEST_FIRST = "SELECT body FROM ruleset_version WHERE number < ? ORDER BY number DESC LIMIT ?"
ONE = "SELECT body FROM ruleset_version WHERE number = ?"
FILES = "SELECT body FROM survey_files WHERE content = ?"
HEAD = "SELECT coalesce(max(seq), 0) FROM journal"
END = 2**63 - 1
"""Above every number."""

_DROP_FILES = """
DELETE FROM survey_files WHERE content = ?1 AND NOT EXISTS (SELECT 1 FROM ruleset_version WHERE content = ?1)"""
_DROP_RULESET = """
DELETE FROM ruleset WHERE version = ?1 AND NOT EXISTS (SELECT 1 FROM ruleset_version WHERE ruleset = ?1)"""


def latest(db: sqlite3.Connection) -> VersionRecord | None:
    """Give the version with the highest number."""
    found = db.execute(LATEST).fetchone()
    return None if found is None else rows.decode_version(found[0])


def publish(db: sqlite3.Connection, publication: Publication) -> None:
    """Write a version with its files and ruleset, and start its consumers at the journal's head."""
    version = publication.version
    db.execute(
        "INSERT INTO ruleset_version (number, ruleset, content, body) VALUES (?, ?, ?, ?)",
        (version.number, version.ruleset, version.content, rows.encode(version)),
    )
    files = (version.content, rows.encode_files(publication.files))
    db.execute("INSERT OR IGNORE INTO survey_files (content, body) VALUES (?, ?)", files)
    ruleset = (version.ruleset, version.at, publication.body)
    db.execute("INSERT OR IGNORE INTO ruleset (version, at, body) VALUES (?, ?, ?)", ruleset)
    if publication.consumers:
        start = rows.encode(Cursor(seq=db.execute(HEAD).fetchone()[0]))
        cursors = [(consumer, start) for consumer in publication.consumers]
        db.executemany("INSERT OR IGNORE INTO cursor (consumer, body) VALUES (?, ?)", cursors)


def drop(db: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Drop versions, and with them the files and rulesets that no other version names."""
    for number in numbers:
        found = db.execute("SELECT content, ruleset FROM ruleset_version WHERE number = ?", (number,)).fetchone()
        if found is not None:
            db.execute("DELETE FROM ruleset_version WHERE number = ?", (number,))
            db.execute(_DROP_FILES, found[:1])
            db.execute(_DROP_RULESET, found[1:])
