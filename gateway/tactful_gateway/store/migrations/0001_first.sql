-- The number "Tact", by which a file is known as ours.
PRAGMA application_id = 1415668596;

-- msgpack; the history of a person is packed by store/rows.py.
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    lookup BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE quota (
    rule TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    person TEXT NOT NULL,
    touchpoint TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (person, touchpoint, event_id)
) STRICT, WITHOUT ROWID;

-- Decisions and reports are forgotten by age.
CREATE INDEX decision_at ON decision (at);

CREATE TABLE report (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX report_at ON report (at);

CREATE TABLE counted (
    hour INTEGER NOT NULL,
    touchpoint TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, touchpoint, rule, reason, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE measured (
    hour INTEGER NOT NULL,
    touchpoint TEXT NOT NULL,
    reason TEXT NOT NULL,
    param TEXT NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    sum_squares REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    PRIMARY KEY (hour, touchpoint, reason, param)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a sequence number is never given twice, whatever is erased later.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE ruleset (
    version TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE cursor (
    consumer TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter (
    consumer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    letter BLOB NOT NULL,
    PRIMARY KEY (consumer, seq)
) STRICT;

CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
