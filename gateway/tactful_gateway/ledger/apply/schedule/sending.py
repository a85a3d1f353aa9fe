"""What couriers say of a message: accepted, or not, and then when it is tried again."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply import facts, persons
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.noticing import count_ask
from tactful_gateway.ledger.apply.schedule import calls
from tactful_gateway.ledger.apply.schedule.failing import fail
from tactful_gateway.ledger.apply.schedule.reminding import next_reminder
from tactful_gateway.ledger.commands import Accepted, NotSent, Refused, Sent
from tactful_gateway.retry import wait_after
from tactful_gateway.store.records import InvitationRecord


def apply_sent(draft: Draft, command: Sent) -> Accepted | Refused:
    """Note that a message was accepted: with the ask, the person has been asked, also where it was withdrawn since."""
    record = draft.invitation(command.invitation)
    if record is None:
        return Refused("unknown_invitation")
    done = record.reminded if record.sent_at is not None else -1
    if command.reminder <= done:
        return Accepted(record, duplicate=True)
    calls.end_lease(draft, record)
    if command.reminder == 0:
        if not persons.was_asked(record):  # whoever saw its page before the courier could say so was counted then
            count_ask(draft, record)
        sent = replace(record, sent_at=draft.now, message_id=command.message_id)
    else:
        sent = replace(record, reminded=command.reminder)
    sent = replace(sent, sending_until=None, remind_at=next_reminder(draft.rule(record.rule), sent, draft.now))
    draft.tell("invitation.sent", record.person, facts.sent, sent, command.reminder, command.message_id)
    _save(draft, replace(sent, attempts=0, took=sent.attempts))  # a reminder is another message
    return Accepted(sent)


def apply_not_sent(draft: Draft, command: NotSent) -> Accepted | Refused:
    """Have a message tried again later, within the invitation's life; after that, or where it can't help, it failed."""
    record = draft.invitation(command.invitation)
    if record is None:
        return Refused("unknown_invitation")
    entry = persons.find_open(draft.person(record.person), record.id)
    if entry is None or not _is_that_message(record, command):
        return Accepted(record, duplicate=True)
    calls.end_lease(draft, record)
    wait = None if command.final else wait_after(command.attempt, command.chance, command.retry_after)
    if wait is not None and draft.now + wait < record.expires_at:
        again_at = draft.now + wait
        waits = replace(record, sending_until=None)
        waits = replace(waits, remind_at=again_at) if command.reminder else replace(waits, not_before=again_at)
        _save(draft, waits)
        return Accepted(waits)
    if command.reminder:
        stays = replace(record, sending_until=None, remind_at=None, attempts=0)
        draft.tell("invitation.failed", record.person, facts.failed, stays, command.error, command.reminder)
        _save(draft, stays)
        return Accepted(stays)
    fail(draft, record, entry, command.error, command.fallback, command.lookup)
    return Accepted(draft.invitation(record.id))


def _is_that_message(record: InvitationRecord, command: NotSent) -> bool:
    """Tell whether it is the message under way; an answer that comes after the next attempt began is outdated."""
    number = 0 if record.sent_at is None else record.reminded + 1
    return (number, record.attempts) == (command.reminder, command.attempt) and record.sending_until is not None


def _save(draft: Draft, record: InvitationRecord) -> None:
    entry = draft.save_open(record)
    if entry is not None:
        calls.leave(draft, record, entry)
