-- One row each time that another survey folder went live; the body has the rest, such as who published it and why.
CREATE TABLE ruleset_version (
    number INTEGER PRIMARY KEY,
    ruleset TEXT NOT NULL,
    content TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- The files of a survey folder by the hash of their content: versions may share them.
CREATE TABLE survey_files (
    content TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
