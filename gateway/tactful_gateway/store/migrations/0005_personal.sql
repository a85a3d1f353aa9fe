-- Whose everything is, so that all of it can be shown and erased. What came before is told by the journal.
ALTER TABLE invitation ADD COLUMN person TEXT NOT NULL DEFAULT '';

UPDATE invitation SET person = made.subject FROM (
    SELECT json_extract(CAST(body AS TEXT), '$.data.invitation') AS id, subject FROM journal
    WHERE type = 'tactful.invitation.created'
) AS made WHERE invitation.id = made.id;

CREATE INDEX invitation_person ON invitation (person, id);

-- Ids that were joined to a person. The person's own row knows them for a day only.
CREATE TABLE joined (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO joined (id, person)
SELECT json_extract(CAST(body AS TEXT), '$.data.anonymous'), subject FROM journal WHERE type = 'tactful.person.aliased';

CREATE INDEX joined_person ON joined (person);

CREATE INDEX wake_up_invitation ON wake_up (invitation);

CREATE INDEX journal_subject ON journal (subject);

-- What has destinations erase a person is found again without a look at all else.
CREATE INDEX journal_orders ON journal (seq) WHERE type = 'tactful.person.erased';

ALTER TABLE dead_letter ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_letter ADD COLUMN at INTEGER NOT NULL DEFAULT 0;

UPDATE dead_letter SET subject = told.subject, at = told.at FROM journal AS told WHERE told.seq = dead_letter.seq;

CREATE INDEX dead_letter_subject ON dead_letter (subject);
CREATE INDEX dead_letter_at ON dead_letter (at);
