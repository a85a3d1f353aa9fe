-- The move of a SQLite file to here, until it is finished and after it: one row. The file is known by its token secret's hash.
CREATE TABLE move (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    source bytea NOT NULL,
    finished timestamptz
);

-- How far each table has come: the key of the last row that is here, as msgpack, and how many are.
CREATE TABLE move_table (
    name text COLLATE "C" PRIMARY KEY,
    place bytea NOT NULL,
    count bigint NOT NULL
);
