-- Whose everything is, so that all of it can be shown and erased. What came before is told by the journal.
ALTER TABLE invitation ADD COLUMN person text COLLATE "C" NOT NULL DEFAULT '';

-- What was told of somebody may hold a NUL, of which PostgreSQL makes no text; ids hold none.
UPDATE invitation SET person = journal.subject FROM journal
WHERE journal.type = 'tactful.invitation.created'
AND replace(convert_from(journal.body, 'UTF8'), '\u0000', '\u0001')::json #>> '{data,invitation}' = invitation.id;

CREATE INDEX invitation_person ON invitation (person, id);

-- Ids that were joined to a person. The person's own row knows them for a day only.
CREATE TABLE joined (
    id text COLLATE "C" PRIMARY KEY,
    person text COLLATE "C" NOT NULL
);

INSERT INTO joined (id, person)
SELECT replace(convert_from(body, 'UTF8')::json #>> '{data,anonymous}', '\', '\\'), subject FROM journal
WHERE type = 'tactful.person.aliased' ON CONFLICT DO NOTHING;

CREATE INDEX joined_person ON joined (person);

CREATE INDEX wake_up_invitation ON wake_up (invitation);

CREATE INDEX journal_subject ON journal (subject, seq);

-- What has destinations erase a person is found again without a look at all else.
CREATE INDEX journal_orders ON journal (seq) WHERE type = 'tactful.person.erased';

ALTER TABLE dead_letter ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '', ADD COLUMN at bigint NOT NULL DEFAULT 0;

UPDATE dead_letter SET subject = journal.subject, at = journal.at FROM journal WHERE journal.seq = dead_letter.seq;

CREATE INDEX dead_letter_subject ON dead_letter (subject);
CREATE INDEX dead_letter_at ON dead_letter (at);
