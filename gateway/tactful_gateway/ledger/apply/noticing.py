"""What a screen reports of an invitation: displayed, opened, dismissed.

A hold that ran out undisplayed must not be shown any more; but a person who closed one has seen it, and is believed.
The event's other invitations end before an ask counts, so that it may have the place in a quota that they held.
"""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Accepted, Notice, Refused
from tactful_gateway.store.records import InvitationRecord


def apply_notice(draft: Draft, command: Notice) -> Accepted | Refused:
    """Take in a signal of an invitation's screen."""
    record = draft.invitation(command.invitation)
    if record is None or record.person != command.person:
        return Refused("unknown_invitation")
    if command.signal == "dismissed":
        return _dismiss(draft, record)
    refusal = _refuse(draft, record)
    if refusal is not None:
        return refusal
    return _display(draft, record) if command.signal == "displayed" else _open(draft, record)


def show(draft: Draft, record: InvitationRecord) -> InvitationRecord:
    """Make the first display a fact: from now on the person has been asked."""
    # What was sent counted when its provider took it; seen before that is known, it counts now.
    is_ask = not persons.was_asked(record)
    shown = quotas.display(draft, replace(record, displayed_at=draft.now, displays=1), is_ask=is_ask)
    draft.save_invitation(shown)
    state = persons.with_changed(draft.person(record.person), shown)
    draft.save_person(record.person, persons.with_event(state, "asked", shown, draft.now) if is_ask else state)
    draft.tell("invitation.displayed", record.person, facts.about, shown)
    return shown


def _refuse(draft: Draft, record: InvitationRecord) -> Refused | None:
    late = draft.now >= record.expires_at
    if record.status == "open":  # nearly always
        return Refused("invitation_expired") if late or closing.is_released(record, draft.now) else None
    if record.complete or record.status == "dismissed" or draft.withdrawn(record):
        return Refused("invitation_closed")
    return Refused("invitation_expired") if late or record.status == "expired" else None


def _display(draft: Draft, record: InvitationRecord) -> Accepted:
    if record.status == "answered":
        return Accepted(record, duplicate=True)
    if record.displayed_at is None:
        _reach(draft, record)
        return Accepted(show(draft, record))
    again = replace(record, displays=record.displays + 1)
    draft.save_invitation(again)
    draft.save_person(record.person, persons.with_changed(draft.person(record.person), again))
    return Accepted(again)


def _open(draft: Draft, record: InvitationRecord) -> Accepted:
    if record.opened_at is not None:
        return Accepted(record, duplicate=True)
    _reach(draft, record)
    opened = replace(record, opened_at=draft.now)
    # Whoever follows the link of a message has got it, whether or not its courier lived to say so.
    if not record.on_screen and not persons.was_asked(record):
        draft.save_person(record.person, persons.with_event(draft.person(record.person), "asked", opened, draft.now))
        opened = quotas.count(draft, opened, "asks")
    draft.save_invitation(opened)
    return Accepted(opened)


def _reach(draft: Draft, record: InvitationRecord) -> None:
    """Have no message go to whom one invitation of the event has reached: none that waits and no fallback to come."""
    for other in closing.others(draft, record):
        if other.sent_at is None and other.sending_until is None:
            closing.cancel(draft, other, "superseded")
        elif other.sent_at is None:
            draft.save_open(replace(other, recalled=True, fallback_at=None))
        elif other.fallback_at is not None:
            draft.save_open(replace(other, fallback_at=None))


def _dismiss(draft: Draft, record: InvitationRecord) -> Accepted | Refused:
    if draft.withdrawn(record):
        return Refused("invitation_closed")
    if record.status == "dismissed" or record.complete:
        return Accepted(record, duplicate=True)
    if draft.now >= record.expires_at:
        return Refused("invitation_expired")
    if record.status == "answered":
        return _leave(draft, record)
    if record.displayed_at is None:
        closing.cancel_others(draft, record, "dismissed")
        record = show(draft, record)
    return Accepted(closing.dismiss(draft, record, draft.now))


def _leave(draft: Draft, record: InvitationRecord) -> Accepted:
    # Closing a half-answered questionnaire is no "leave me alone": the person did answer.
    if record.closed_at is not None:
        return Accepted(record, duplicate=True)
    left = replace(record, closed_at=draft.now)
    draft.save_invitation(left)
    return Accepted(left)
