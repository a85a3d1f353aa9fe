-- Letters asked for together are due together: each look for the next one sorted all of them by their sequences.
DROP INDEX letter_due_due;
CREATE INDEX letter_due_due ON letter_due (consumer, due, seq);
