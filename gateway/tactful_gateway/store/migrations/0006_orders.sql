-- Letters that are to be tried again, and when; all others are dead until somebody asks for them.
CREATE TABLE letter_due (
    consumer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (consumer, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX letter_due_due ON letter_due (consumer, due);

-- Whoever drops a letter drops this, too.
CREATE TRIGGER letter_gone AFTER DELETE ON dead_letter BEGIN
    DELETE FROM letter_due WHERE consumer = old.consumer AND seq = old.seq;
END;

-- What an operator wants of a sink, until whoever delivers to it has done so. AUTOINCREMENT: no number is given twice.
CREATE TABLE consumer_order (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    consumer TEXT NOT NULL,
    replay INTEGER
) STRICT;
