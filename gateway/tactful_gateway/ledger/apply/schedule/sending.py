"""What couriers say of a message: accepted, or not, and then when it is tried again."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import again, calls
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
    asked = persons.asked_over(record)
    if record.sent_at is not None and command.reminder <= record.reminded:
        is_other = command.reminder == 0 and command.channel not in asked
        return _sent_again(draft, record, command) if is_other else Accepted(record, duplicate=True)
    calls.end_lease(draft, record)
    if command.reminder:
        sent = replace(record, reminded=command.reminder)
    else:
        sent = replace(_back_on(draft, record, command.channel), sent_at=draft.now, message_id=command.message_id)
        # Whoever saw its page before the courier could say so was counted then.
        sent = sent if command.channel in asked else _count(draft, sent, command.channel, asked)
    sent = replace(sent, sending_until=None, remind_at=next_reminder(draft.rule(record.rule), sent, draft.now))
    told = replace(sent, channel=command.channel)
    draft.tell("invitation.sent", record.person, facts.sent, told, command.reminder, command.message_id)
    _save(draft, replace(sent, attempts=0, took=sent.attempts))  # a reminder is another message
    return Accepted(sent)


def _sent_again(draft: Draft, record: InvitationRecord, command: Sent) -> Accepted:
    """Note that the same ask went out over another channel, too: the first courier was thought dead by then."""
    sent = _count(draft, record, command.channel, persons.asked_over(record))
    told = replace(sent, channel=command.channel)
    draft.tell("invitation.sent", record.person, facts.sent, told, command.reminder, command.message_id)
    draft.save_open(sent)
    return Accepted(sent)


def _count(draft: Draft, record: InvitationRecord, channel: str, asked: tuple[str, ...]) -> InvitationRecord:
    """Count an ask over a channel; a second one is in the history, so that it does not come too soon, and no quota."""
    told, over = replace(record, channel=channel), (*asked, channel)
    draft.save_person(record.person, persons.with_event(draft.person(record.person), "asked", told, draft.now))
    record = record if over == (record.channel,) else replace(record, over=over)
    if asked:
        return replace(record, asked=(*record.asked, draft.now))
    return quotas.count(draft, record, "asks")


def _back_on(draft: Draft, record: InvitationRecord, channel: str) -> InvitationRecord:
    """Give the record on the channel over which its message arrived, though another one was chosen since."""
    if channel == record.channel or record.status != "open" or calls.is_seen(record):
        return record
    rule = draft.rule(record.rule)
    fallback = None if rule is None else again.fallback_of(rule, channel)
    began = draft.now if record.released_at is None else record.released_at
    return replace(record, channel=channel, fallback_at=None if fallback is None else began + fallback[1])


def apply_not_sent(draft: Draft, command: NotSent) -> Accepted | Refused:
    """Have a message tried again later, within the invitation's life; after that, or where it can't help, it failed."""
    record = draft.invitation(command.invitation)
    if record is None:
        return Refused("unknown_invitation")
    entry = persons.find_open(draft.person(record.person), record.id)
    if entry is None or not _is_that_message(record, command):
        return Accepted(record, duplicate=True)
    calls.end_lease(draft, record)
    if record.recalled and not command.reminder:
        return Accepted(closing.cancel(draft, record, "superseded"))
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
    message = (record.channel, 0 if record.sent_at is None else record.reminded + 1, record.attempts)
    said_of = (command.channel, command.reminder, command.attempt)
    return message == said_of and record.sending_until is not None


def _save(draft: Draft, record: InvitationRecord) -> None:
    entry = draft.save_open(record)
    if entry is not None:
        calls.leave(draft, record, entry)
