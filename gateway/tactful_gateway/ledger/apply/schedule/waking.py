"""Answering a wake-up: it says only that it may be time, so everything is looked at as it is now."""

from __future__ import annotations

from tactful_gateway.ledger.apply import closing, persons
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import calls
from tactful_gateway.ledger.apply.schedule.falling_back import fall_back
from tactful_gateway.ledger.apply.schedule.releasing import release
from tactful_gateway.ledger.apply.schedule.reminding import remind
from tactful_gateway.ledger.commands import Dispatch, Wake, Woken
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.person import OpenInvitation


def apply_wake(draft: Draft, command: Wake) -> Woken:
    """Do what is due for an invitation, and give the message to be sent, if it goes out on the wake-up's own lane."""
    wake_up = command.wake_up
    draft.changes.woken.append(wake_up)
    record = draft.invitation(wake_up.invitation)
    entry = None if record is None else persons.find_open(draft.person(record.person), record.id)
    if record is None or entry is None:
        return Woken()  # it was closed in the meantime
    dispatch = None
    if calls.may_fall_back(record) and _is_fallback_due(draft, record):
        fall_back(draft, record, entry, command.invitation, command.lookup)
    elif draft.now < entry.deadline():
        dispatch = _send(draft, record, entry, command)
    _go_on(draft, record, entry)
    return Woken(dispatch, draft.again)


def _go_on(draft: Draft, record: InvitationRecord, before: OpenInvitation) -> None:
    """End what is still open past its deadline, or ask to be woken for it again."""
    left = persons.find_open(draft.person(record.person), record.id)
    if left is None:
        return
    saved = draft.invitation(record.id)
    assert saved is not None
    if draft.now >= left.deadline():
        closing.run_out(draft, before, saved)  # a hold ends with its fallback, if that comes later
    else:
        calls.leave(draft, saved, left)


def _is_fallback_due(draft: Draft, record: InvitationRecord) -> bool:
    assert record.fallback_at is not None
    # While a message is on its way nobody knows whether it arrives: the courier's word is waited for.
    return record.fallback_at <= draft.now < record.expires_at and not calls.is_under_way(record, draft.now)


def _send(draft: Draft, record: InvitationRecord, entry: OpenInvitation, command: Wake) -> Dispatch | None:
    due = calls.send_due(record)
    if due is None or draft.now < due or command.wake_up.lane != record.channel:
        return None
    if record.sent_at is None:
        return release(draft, record, entry, command.invitation, command.lookup)
    return remind(draft, record)
