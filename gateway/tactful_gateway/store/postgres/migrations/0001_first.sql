-- Texts may hold what PostgreSQL has in no text, a NUL: store/postgres/texts.py writes it as \0. COLLATE "C" orders by bytes,
-- the same on every server. Bodies are msgpack, those of the journal the exact JSON that sinks send.
CREATE TABLE person (
    id text COLLATE "C" PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE invitation (
    id text COLLATE "C" PRIMARY KEY,
    lookup bytea NOT NULL UNIQUE,
    body bytea NOT NULL
);

CREATE TABLE quota (
    rule text COLLATE "C" PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE decision (
    person text COLLATE "C" NOT NULL,
    touchpoint text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (person, touchpoint, event_id)
);

-- Decisions and reports are forgotten by age.
CREATE INDEX decision_at ON decision (at);

CREATE TABLE report (
    id text COLLATE "C" PRIMARY KEY,
    at bigint NOT NULL
);

CREATE INDEX report_at ON report (at);

-- Every commit counts something: `shard` keeps gateways from waiting for each other's. Reading adds them up.
CREATE TABLE counted (
    hour bigint NOT NULL,
    touchpoint text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    shard smallint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (hour, touchpoint, rule, reason, source, shard)
);

CREATE TABLE measured (
    hour bigint NOT NULL,
    touchpoint text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    param text COLLATE "C" NOT NULL,
    shard smallint NOT NULL,
    count bigint NOT NULL,
    sum double precision NOT NULL,
    sum_squares double precision NOT NULL,
    min double precision NOT NULL,
    max double precision NOT NULL,
    PRIMARY KEY (hour, touchpoint, reason, param, shard)
);

CREATE TABLE journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type text NOT NULL,
    subject text NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL
);

-- The highest number given so far. Where it is above `floor`, `bound` is above every transaction that got one up to it:
-- our own, begun after that was seen. All those have ended once `oldest`, the oldest that runs, has come to `bound`.
-- (The snapshot's own xmax is no such bound: it only knows what has ended.) VOLATILE, so each statement looks anew.
CREATE FUNCTION journal_horizon(floor bigint, OUT last bigint, OUT bound xid8, OUT oldest xid8)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last FROM tactful.journal_seq_seq;
    IF last > floor THEN
        bound := pg_current_xact_id();
    END IF;
    SELECT pg_snapshot_xmin(pg_current_snapshot()) INTO oldest;
END
$$;

CREATE TABLE ruleset (
    version text COLLATE "C" PRIMARY KEY,
    at bigint NOT NULL,
    body bytea NOT NULL
);

CREATE TABLE ruleset_version (
    number bigint PRIMARY KEY,
    ruleset text COLLATE "C" NOT NULL,
    content text COLLATE "C" NOT NULL,
    body bytea NOT NULL
);

-- Dropping a version asks whether another one names the same.
CREATE INDEX ruleset_version_ruleset ON ruleset_version (ruleset);
CREATE INDEX ruleset_version_content ON ruleset_version (content);

CREATE TABLE survey_files (
    content text COLLATE "C" PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE wake_up (
    lane text COLLATE "C" NOT NULL,
    due bigint NOT NULL,
    invitation text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL,
    PRIMARY KEY (lane, due, invitation)
);

CREATE TABLE cursor (
    consumer text COLLATE "C" PRIMARY KEY,
    body bytea NOT NULL
);

CREATE TABLE dead_letter (
    consumer text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    letter bytea NOT NULL,
    PRIMARY KEY (consumer, seq)
);

CREATE TABLE api_key (
    id text COLLATE "C" PRIMARY KEY,
    body bytea NOT NULL
);

-- Who does what only one gateway may do at a time, until when by this server's clock.
CREATE TABLE lease (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    until timestamptz NOT NULL
);

-- One row: the secret of all gateways, unless they are given it, and by which it is known again.
CREATE TABLE token_secret (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea,
    hash bytea NOT NULL
);
