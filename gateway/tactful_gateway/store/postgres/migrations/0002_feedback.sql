-- Feedback from elsewhere that was taken in, so that the same again is known. The key is a hash of its source and id, the
-- digest one of its content: neither tells what they were.
CREATE TABLE feedback (
    key bytea PRIMARY KEY,
    at bigint NOT NULL,
    digest bytea NOT NULL
);

-- It is forgotten by age.
CREATE INDEX feedback_at ON feedback (at);
