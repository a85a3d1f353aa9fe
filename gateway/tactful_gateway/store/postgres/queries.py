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

SAVE_CURSOR = """
WITH found AS (
    SELECT holder, until FROM lease WHERE name = $1 FOR SHARE
), other AS (
    SELECT 1 FROM found WHERE holder <> $5 AND until > clock_timestamp()
), letters AS (
    INSERT INTO dead_letter (consumer, seq, letter, subject, at)
    SELECT $1, u.* FROM unnest($3::bigint[], $4::bytea[], $6::text[], $7::bigint[]) AS u
    WHERE NOT EXISTS (SELECT 1 FROM other)
    ON CONFLICT (consumer, seq) DO UPDATE SET letter = excluded.letter, subject = excluded.subject, at = excluded.at
)
INSERT INTO cursor (consumer, body) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM other)
ON CONFLICT (consumer) DO UPDATE SET body = excluded.body RETURNING 1"""

LEASE = """
INSERT INTO lease (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3::interval)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until < clock_timestamp() RETURNING 1"""

RELEASE = "DELETE FROM lease WHERE name = $1 AND holder = $2"

KEEP_TOKENS = "INSERT INTO token_secret (secret, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"
TOKENS = "SELECT secret, hash FROM token_secret"

DEAD_LETTERS = "SELECT letter FROM dead_letter WHERE consumer = $1 ORDER BY seq LIMIT $2"

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

PROVE = "SELECT pg_logical_emit_message(true, 'tactful', '')"
"""Writes to the log that a commit waits for, and to no table."""
