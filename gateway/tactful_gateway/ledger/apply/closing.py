"""How invitations end without an answer: they run out, are closed by the person, or are cancelled."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tactful_gateway.ledger.apply import facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.store.records import InvitationRecord, Withdrawal
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HOLD, OpenInvitation, PersonState

PATIENCE = 3
"""After so many displays in a row without a reaction the person has said no."""


def is_released(record: InvitationRecord, now: Instant) -> bool:
    """Tell whether an on-screen hold ran out before it was displayed."""
    return record.on_screen and record.displayed_at is None and now >= record.decided_at + HOLD


def settle(draft: Draft, person: str) -> PersonState:
    """End the open invitations of a person whose time is over and whose wake-up did not come yet; give the state then.

    A hold whose fallback is due is left to that: it blocks nothing any more, and an ask in its place supersedes it.
    """
    state = draft.person(person)
    for entry in state.open:
        if persons.find_open(state, entry.id) is None:
            continue  # it went with another one of its event, a moment ago
        record = draft.invitation(entry.id)
        if record is None:
            _drop(draft, person, entry)
        elif draft.now >= entry.deadline() and not _awaits_fallback(entry, draft.now):
            run_out(draft, entry, record)
        else:
            continue
        state = draft.person(person)
    return state


def run_out(draft: Draft, entry: OpenInvitation, record: InvitationRecord) -> None:
    """End an invitation at its deadline: expired, or dismissed where the last of three displays got no reaction."""
    at = entry.deadline()
    if entry.displays >= PATIENCE:
        dismiss(draft, record, at)
        return
    ended = replace(record, status="expired", closed_at=at)
    _end(draft, ended)
    draft.tell("invitation.expired", record.person, facts.about, ended)


def dismiss(draft: Draft, record: InvitationRecord, at: Instant) -> InvitationRecord:
    """Close an invitation for good at the person's wish, spoken or shown by not reacting.

    A no is a no on every channel: what else is open or scheduled for the same touchpoint event ends with it.
    """
    ended = replace(record, status="dismissed", closed_at=at, why=None)
    _end(draft, ended)
    state = draft.person(record.person)
    draft.save_person(record.person, persons.with_event(state, "dismissed", record, at))
    draft.tell("invitation.dismissed", record.person, facts.about, ended)
    cancel_others(draft, ended, "dismissed")
    return ended


def _awaits_fallback(entry: OpenInvitation, now: Instant) -> bool:
    held = entry.on_screen and entry.displayed_at is None
    return held and entry.fallback_at is not None and now < entry.expires_at


def fail(draft: Draft, record: InvitationRecord, error: str) -> None:
    """End an invitation that could not be sent; `error` is for the journal."""
    ended = replace(record, status="failed", closed_at=draft.now)
    _end(draft, ended)
    draft.tell("invitation.failed", record.person, facts.failed, ended, error, 0)


def cancel(draft: Draft, record: InvitationRecord, why: Withdrawal) -> InvitationRecord:
    """Withdraw an open invitation; `why` is for the journal, and for the page behind its link."""
    ended = replace(record, status="cancelled", closed_at=draft.now, why=why)
    _end(draft, ended)
    draft.tell("invitation.cancelled", record.person, facts.cancelled, ended)
    return ended


def cancel_others(draft: Draft, record: InvitationRecord, why: Withdrawal) -> None:
    """Withdraw every other open invitation of the same touchpoint event, on any channel."""
    if draft.person(record.person).open:  # nearly never
        for other in others(draft, record):
            cancel(draft, other, why)


def others(draft: Draft, record: InvitationRecord) -> Iterator[InvitationRecord]:
    """Yield the other open invitations of an invitation's touchpoint event: its fallback, or what it is one of."""
    return open_of(draft, record.person, record.touchpoint, record.event_id, but=record.id)


def open_of(
    draft: Draft, person: str, touchpoint: str, event_id: str, *, but: str | None = None
) -> Iterator[InvitationRecord]:
    """Yield the person's open invitations of a touchpoint event, save for the one with the id `but`."""
    for entry in draft.person(person).open:
        if entry.touchpoint == touchpoint and entry.id != but:
            record = draft.invitation(entry.id)
            if record is not None and record.event_id == event_id:
                yield record


def _end(draft: Draft, ended: InvitationRecord) -> None:
    draft.save_invitation(replace(ended, addresses={}) if ended.addresses else ended)
    draft.save_person(ended.person, persons.without_open(draft.person(ended.person), ended.id))
    quotas.release(draft, ended.rule, ended.id)


def _drop(draft: Draft, person: str, entry: OpenInvitation) -> None:
    # Its record was erased: there is nothing to show, to answer or to tell.
    draft.save_person(person, persons.without_open(draft.person(person), entry.id))
    quotas.release(draft, entry.rule, entry.id)
