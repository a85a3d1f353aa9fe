"""What happens to a person's state; every step gives a new one and leaves the old as it was."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent, Joined, OpenInvitation, PersonState
from tactful_rules.model.policy import HistoryKind


def with_event(state: PersonState, kind: HistoryKind, record: InvitationRecord, at: Instant) -> PersonState:
    """Add what happened to an invitation to the history."""
    event = HistoryEvent(kind, at, record.questionnaire, record.touchpoint, record.channel, record.stage)
    return with_history(state, event)


def with_history(state: PersonState, event: HistoryEvent) -> PersonState:
    """Add what happened, maybe long ago, to the history, kept in order of time, and to the totals that outlive it."""
    history = (*state.history, event)
    if state.history and state.history[-1].at > event.at:
        history = tuple(sorted(history, key=_when))
    if event.kind == "asked":
        last = _latest(state.last_asked, event.at)
        return replace(state, history=history, asks=state.asks + 1, last_asked=last)
    if event.kind == "answered":
        last = _latest(state.last_answered, event.at)
        return replace(state, history=history, answers=state.answers + 1, last_answered=last)
    return replace(state, history=history, dismissals=state.dismissals + 1)


def with_score(state: PersonState, score: float, at: Instant) -> PersonState:
    """Note a score, unless a later one is known."""
    return state if _later(_scored(state), at) else replace(state, last_score=score, last_scored=at)


def with_open(state: PersonState, record: InvitationRecord) -> PersonState:
    """Add a new invitation to those that are open."""
    return replace(state, open=(*state.open, _entry(record)))


def with_changed(state: PersonState, record: InvitationRecord) -> PersonState:
    """Have the open entry of an invitation, if it has one, say what the record says."""
    return replace(state, open=tuple([_entry(record) if entry.id == record.id else entry for entry in state.open]))


def find_open(state: PersonState, invitation: str) -> OpenInvitation | None:
    """Find the open entry of an invitation."""
    for entry in state.open:
        if entry.id == invitation:
            return entry
    return None


def was_asked(record: InvitationRecord) -> bool:
    """Tell whether an invitation's ask is in the history: it was sent, displayed, or its message's link was opened."""
    opened = record.opened_at is not None and not record.on_screen
    return opened or record.sent_at is not None or record.displayed_at is not None


def asked_over(record: InvitationRecord) -> tuple[str, ...]:
    """Give the channels over which an invitation's asks are in the history."""
    return record.over or ((record.channel,) if was_asked(record) else ())


def _entry(record: InvitationRecord) -> OpenInvitation:
    return OpenInvitation(
        id=record.id,
        rule=record.rule,
        questionnaire=record.questionnaire,
        touchpoint=record.touchpoint,
        channel=record.channel,
        on_screen=record.on_screen,
        decided_at=record.decided_at,
        expires_at=record.expires_at,
        displayed_at=record.displayed_at,
        displays=record.displays,
        sent_at=record.sent_at,
        sending=record.sending_until is not None,
        fallback_at=record.fallback_at,
    )


def without_open(state: PersonState, invitation: str) -> PersonState:
    """Take an invitation out of those that are open."""
    left = tuple([entry for entry in state.open if entry.id != invitation])
    return state if len(left) == len(state.open) else replace(state, open=left)


def merged(known: PersonState, other: PersonState, joined: Joined) -> PersonState:
    """Give two states as one person's: all that happened to either, and all that either wished."""
    scored = other if _later(_scored(other), _scored(known)) else known
    return PersonState(
        history=tuple(sorted((*known.history, *other.history), key=_when)),
        open=(*known.open, *other.open),
        opted_out=tuple(dict.fromkeys((*known.opted_out, *other.opted_out))),
        asks=known.asks + other.asks,
        answers=known.answers + other.answers,
        dismissals=known.dismissals + other.dismissals,
        last_asked=_latest(known.last_asked, other.last_asked),
        last_answered=_latest(known.last_answered, other.last_answered),
        last_score=scored.last_score,
        timezone=known.timezone or other.timezone,
        locale=known.locale or other.locale,
        joined=tuple(sorted((*known.joined, *other.joined, joined), key=_when)),
        last_scored=scored.last_scored,
    )


def _scored(state: PersonState) -> Instant | None:
    if state.last_scored is None and state.last_score is not None:
        return state.last_answered
    return state.last_scored


def _latest(one: Instant | None, other: Instant | None) -> Instant | None:
    return other if _later(other, one) else one


def _later(one: Instant | None, other: Instant | None) -> bool:
    return one is not None and (other is None or one > other)


def _when(event: HistoryEvent | Joined) -> Instant:
    return event.at
