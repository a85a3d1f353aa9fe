"""Statements that stand alone; what a transaction reads and writes is in `loading`, `saving` and `versions`."""

from __future__ import annotations

from tactful_gateway.store.base import Forgetting

SHARDS = 16
"""A gateway's counts go into one of as many rows, so that two seldom wait for the same one."""

DUE = """
SELECT lane, due, invitation, person, rule FROM wake_up
WHERE lane = $1 AND due <= $2 ORDER BY due, invitation LIMIT $3"""

COUNTS = """
SELECT hour, touchpoint, rule, reason, source, sum(count)::bigint FROM counted
GROUP BY hour, touchpoint, rule, reason, source"""

MEASURES = """
SELECT hour, touchpoint, reason, param, sum(count)::bigint, sum(sum), sum(sum_squares), min(min), max(max)
FROM measured GROUP BY hour, touchpoint, reason, param"""

_HELD = """
WITH found AS (
    SELECT holder, until FROM lease WHERE name = $1 FOR SHARE
), other AS (
    SELECT 1 FROM found WHERE holder <> $3 AND until > clock_timestamp()
)"""
_SAVE = """
INSERT INTO cursor (consumer, body) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM other)
ON CONFLICT (consumer) DO UPDATE SET body = excluded.body RETURNING 1"""
_LETTERS = """, looked AS (
    SELECT seq, type FROM journal WHERE seq = ANY ($4::bigint[]) FOR SHARE
), buried AS (
    INSERT INTO dead_letter (consumer, seq, letter, subject, at)
    SELECT $1, u.* FROM unnest($4::bigint[], $5::bytea[], $6::text[], $7::bigint[]) AS u (seq, letter, subject, at)
    WHERE NOT EXISTS (SELECT 1 FROM other)
    AND NOT EXISTS (SELECT 1 FROM looked WHERE looked.seq = u.seq AND looked.type = 'erased')
    ON CONFLICT (consumer, seq) DO UPDATE SET letter = excluded.letter, subject = excluded.subject, at = excluded.at
), again AS (
    UPDATE dead_letter SET letter = u.letter FROM unnest($8::bigint[], $9::bytea[]) AS u (seq, letter)
    WHERE dead_letter.consumer = $1 AND dead_letter.seq = u.seq AND NOT EXISTS (SELECT 1 FROM other)
    RETURNING dead_letter.seq
), due AS (
    INSERT INTO letter_due (consumer, seq, due)
    SELECT $1, u.seq, u.due FROM unnest($8::bigint[], $10::bigint[]) AS u (seq, due) JOIN again USING (seq)
    WHERE u.due IS NOT NULL
    ON CONFLICT (consumer, seq) DO UPDATE SET due = excluded.due
), not_due AS (
    DELETE FROM letter_due WHERE consumer = $1 AND seq = ANY ($11::bigint[]) AND NOT EXISTS (SELECT 1 FROM other)
), gone AS (
    DELETE FROM dead_letter WHERE consumer = $1 AND seq = ANY ($12::bigint[]) AND NOT EXISTS (SELECT 1 FROM other)
), followed AS (
    DELETE FROM consumer_order WHERE consumer = $1 AND number <= $13 AND NOT EXISTS (SELECT 1 FROM other)
)"""

SAVE_CURSOR = _HELD + _SAVE
"""What is written most of the time: a cursor alone."""
SAVE_ALL = _HELD + _LETTERS + _SAVE
"""The cursor with letters and orders. FOR SHARE: who erases an event is waited for, or waits and finds its letter."""

ORDER = "INSERT INTO consumer_order (consumer, replay) VALUES ($1, $2) RETURNING number"
ORDERS = "SELECT number, replay FROM consumer_order WHERE consumer = $1 ORDER BY number"

LEASE = """
INSERT INTO lease (name, holder, until, note) VALUES ($1, $2, clock_timestamp() + $3::interval, $4)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, note = excluded.note
WHERE lease.holder = excluded.holder OR lease.until < clock_timestamp() RETURNING 1"""

NOTES = "SELECT name, note FROM lease WHERE note <> ''"

RELEASE = "DELETE FROM lease WHERE name = $1 AND holder = $2"

KEEP_TOKENS = "INSERT INTO token_secret (secret, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
TOKENS = "SELECT secret, hash FROM token_secret"

DEAD_LETTERS = """
SELECT letter, due FROM dead_letter LEFT JOIN letter_due USING (consumer, seq)
WHERE consumer = $1 AND seq > $2 ORDER BY seq LIMIT $3"""
DUE_LETTERS = """
SELECT letter, due FROM letter_due JOIN dead_letter USING (consumer, seq)
WHERE consumer = $1 AND due <= $2 ORDER BY due, seq LIMIT $3"""
COUNT_LETTERS = """
SELECT (SELECT count(*) FROM dead_letter WHERE consumer = $1) - count(*), count(*), min(due)
FROM letter_due WHERE consumer = $1"""
RETRY_LETTERS = """
WITH again AS (
    INSERT INTO letter_due (consumer, seq, due) SELECT consumer, seq, $2 FROM dead_letter
    WHERE consumer = $1 AND ($3::bigint[] IS NULL OR seq = ANY ($3)) ORDER BY seq FOR KEY SHARE
    ON CONFLICT DO NOTHING RETURNING 1
) SELECT count(*) FROM again"""
"""FOR KEY SHARE: a letter that arrives or is erased meanwhile is left out, and not missed by what refers to it."""

SAVE_KEY = "INSERT INTO api_key (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body"

FORGETTING = Forgetting(
    decisions="""
    WITH gone AS (
        DELETE FROM decision WHERE (person, touchpoint, event_id) IN (
            SELECT person, touchpoint, event_id FROM decision WHERE at < $1
            ORDER BY person, touchpoint, event_id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    ) SELECT count(*) FROM gone""",
    reports="""
    WITH gone AS (
        DELETE FROM report WHERE id IN (
            SELECT id FROM report WHERE at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    ) SELECT count(*) FROM gone""",
    feedback="""
    WITH gone AS (
        DELETE FROM feedback WHERE key IN (
            SELECT key FROM feedback WHERE at < $1 ORDER BY key LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    ) SELECT count(*) FROM gone""",
)
"""What is locked is being used or forgotten by another gateway."""

PROVE = "SELECT pg_current_xact_id(), pg_logical_emit_message(true, 'tactful', '')"
"""Writes to the log that a commit waits for, and to no table. A standby refuses the first with a code that says so, and
the second as if it were broken."""
