-- One row each time that another survey folder went live; the body has the rest, such as who published it and why.
CREATE TABLE ruleset_version (
    number INTEGER PRIMARY KEY,
    ruleset TEXT NOT NULL,
    content TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Dropping a version asks whether another one names the same.
CREATE INDEX ruleset_version_ruleset ON ruleset_version (ruleset);
CREATE INDEX ruleset_version_content ON ruleset_version (content);

-- The files of a survey folder by the hash of their content: versions may share them.
CREATE TABLE survey_files (
    content TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
