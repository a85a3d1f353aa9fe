-- Letters that are to be tried again, and when; all others are dead until somebody asks for them.
CREATE TABLE letter_due (
    consumer text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    due bigint NOT NULL,
    PRIMARY KEY (consumer, seq),
    FOREIGN KEY (consumer, seq) REFERENCES dead_letter ON DELETE CASCADE
);

CREATE INDEX letter_due_due ON letter_due (consumer, due);

-- What an operator wants of a sink, until whoever delivers to it has done so.
CREATE TABLE consumer_order (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text COLLATE "C" NOT NULL,
    replay bigint
);

CREATE INDEX consumer_order_consumer ON consumer_order (consumer);

-- How who has the lease is doing, for the others to tell.
ALTER TABLE lease ADD COLUMN note bytea NOT NULL DEFAULT '';
