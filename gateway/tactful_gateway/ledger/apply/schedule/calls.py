"""When an open invitation has to be looked at next; whatever may happen to one leaves a wake-up for that.

A wake-up whose reason has gone is not looked for: it comes, finds nothing to do, and goes.
"""

from __future__ import annotations

from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.store.records import InvitationRecord, WakeUp
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import OpenInvitation

DECIDING = ""
"""The lane of what sends nothing itself."""


def leave(draft: Draft, record: InvitationRecord, entry: OpenInvitation) -> None:
    """Ask to be woken at an open invitation's next instants: of what is sent in its channel's lane, of all else."""
    at, due = send_due(record), entry.deadline()
    if at is not None:
        _call(draft, record, record.channel, at)
    if record.fallback_at is not None and not is_seen(record) and not is_under_way(record, draft.now):
        due = min(due, record.fallback_at)
    _call(draft, record, DECIDING, due)


def end_lease(draft: Draft, record: InvitationRecord) -> None:
    """Take back the wake-up for a courier's death: it told what became of the message, so it lives."""
    if record.sending_until is not None:
        draft.changes.woken.append(WakeUp(record.channel, record.sending_until, record.id, record.person, record.rule))


def send_due(record: InvitationRecord) -> Instant | None:
    """Give when something is to be sent, or to be sent again because nobody said what became of it."""
    # Whoever saw its page got the message, even where the courier died before it could say so.
    if record.on_screen or (record.sent_at is None and (is_seen(record) or record.recalled)):
        return None
    if record.sending_until is not None:
        return record.sending_until
    if record.sent_at is not None:
        return record.remind_at
    return record.decided_at if record.not_before is None else record.not_before


def is_under_way(record: InvitationRecord, now: Instant) -> bool:
    """Tell whether a message is being sent right now."""
    return record.sending_until is not None and now < record.sending_until


def is_seen(record: InvitationRecord) -> bool:
    """Tell whether the invitation reached the person: displayed, or its page opened."""
    return record.displayed_at is not None or record.opened_at is not None


def may_fall_back(record: InvitationRecord) -> bool:
    """Tell whether a fallback is still to come: there is one, and the person was not reached before it."""
    return record.fallback_at is not None and not is_seen(record)


def _call(draft: Draft, record: InvitationRecord, lane: str, due: Instant) -> None:
    draft.changes.wake_ups.append(WakeUp(lane, due, record.id, record.person, record.rule))
