-- Calls to look at an open invitation; the lane is the channel that would send something, or empty.
CREATE TABLE wake_up (
    lane TEXT NOT NULL,
    due INTEGER NOT NULL,
    invitation TEXT NOT NULL,
    person TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (lane, due, invitation)
) STRICT, WITHOUT ROWID;
