"""Joining an anonymous id to a person: from then on both ids are one person, of whom both histories are true.

What was decided for either alone may be too much for both: what nobody has seen yet is weighed again and withdrawn.
An answer or a no under one id ends what is open of its touchpoint under the other: history knows no event ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, persons
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import (
    Accepted,
    Alias,
    Command,
    Decide,
    Feedback,
    Inspect,
    Notice,
    NotSent,
    OptIn,
    OptOut,
    Refused,
    Respond,
    Sent,
    Wake,
)
from tactful_gateway.ledger.links import word_since
from tactful_gateway.store.records import InvitationRecord, Withdrawal
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL, HistoryEvent, Joined, OpenInvitation, PersonState
from tactful_rules.tact import Candidate, find_zone

C = TypeVar("C", bound=Command)

_PERSON_OF: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys((Decide, Inspect), attrgetter("event.person")),
    **dict.fromkeys((Notice, Respond, Feedback, Sent, NotSent, OptOut, OptIn), attrgetter("person")),
    Wake: attrgetter("wake_up.person"),
}
"""How the id of a command's person is read; commands without one, and joining itself, are not resolved."""


def resolved(draft: Draft, command: C) -> C:
    """Give the command as one about the person that its id was joined to, if it was."""
    person_of = _PERSON_OF.get(type(command))
    if person_of is None or (state := draft.state.persons.get(person_of(command))) is None or state.alias_of is None:
        return command  # nearly always: every command comes through here
    known = draft.resolve(state.alias_of)
    match command:
        case Decide(event) | Inspect(event):
            return replace(command, event=replace(event, person=known))
        case Wake(wake_up):
            return replace(command, wake_up=wake_up._replace(person=known))
    return replace(command, person=known)


def apply_alias(draft: Draft, command: Alias) -> Accepted | Refused:
    """Join two ids for good; what is joined already is a duplicate, and no two known persons ever become one by it."""
    anonymous, person = draft.resolve(command.anonymous), draft.resolve(command.person)
    if anonymous == person:
        other_way = command.anonymous == person
        return Refused("joined_the_other_way") if other_way else Accepted(duplicate=True)
    if anonymous != command.anonymous:
        return Refused("already_joined")
    closing.settle(draft, anonymous)
    closing.settle(draft, person)
    known, other = draft.person(person), draft.person(anonymous)
    draft.save_person(anonymous, PersonState(alias_of=person))
    draft.save_person(person, persons.merged(known, other, Joined(anonymous, draft.now)))
    for entry in other.open:
        draft.save_invitation(_record(draft, entry))
    draft.tell("person.aliased", person, _about, person, anonymous)
    _silence(draft, known.open, other.history)
    _silence(draft, other.open, known.history)
    _weigh_again(draft, person)
    return Accepted()


def _about(person: str, anonymous: str) -> dict[str, Any]:
    return {"person": {"id": person}, "anonymous": anonymous}


def _silence(draft: Draft, opened: Iterable[OpenInvitation], past: Sequence[HistoryEvent]) -> None:
    """Withdraw what one id has open at a touchpoint where the other has answered, or said no, since it was decided."""
    horizon = draft.now - draft.compiled.window
    for entry in opened:
        word = word_since(past, entry.touchpoint, max(entry.decided_at, horizon))
        if word is not None:
            closing.cancel(draft, _record(draft, entry), word)


def _weigh_again(draft: Draft, person: str) -> None:
    """Withdraw what the person does not want, what comes too soon, and all that waits but the furthest on."""
    state = draft.person(person)
    for entry in state.open:
        record = _record(draft, entry)
        why = _in_the_way(draft, state, entry, record)
        if why is not None:
            closing.cancel(draft, record, why)
    left = draft.person(person).open
    if not left:
        return
    furthest = max(left, key=_progress)
    for entry in left:
        # An ask and its fallback belong together: their addresses were sealed for the first one.
        if not _is_out(entry) and _chain(draft, entry) != _chain(draft, furthest):
            closing.cancel(draft, _record(draft, entry), "superseded")


def _in_the_way(draft: Draft, state: PersonState, entry: OpenInvitation, record: InvitationRecord) -> Withdrawal | None:
    if EVERY_CHANNEL in state.opted_out or entry.channel in state.opted_out:
        return "opted_out"
    if _is_out(entry) or not entry.on_screen or closing.is_released(record, draft.now):
        return None  # what is yet to be sent, its own or as a fallback, is decided again when its time comes
    rule = draft.rule(entry.rule)
    zone = find_zone(record.timezone) or draft.compiled.zone
    for channel in (None, entry.channel):
        candidate = Candidate(entry.questionnaire, entry.touchpoint, record.stage, channel)
        ignore = () if rule is None else rule.ignore
        stop = draft.compiled.tact.stop(candidate, state.history, draft.now, zone, ignore)
        if stop is not None:
            return stop.reason
    return None


def _is_out(entry: OpenInvitation) -> bool:
    """Tell whether the person has it, or can't be kept from getting it."""
    return entry.displayed_at is not None or entry.sent_at is not None or entry.sending


def _progress(entry: OpenInvitation) -> tuple[bool, bool, Instant]:
    return _is_out(entry), entry.on_screen, -entry.decided_at


def _chain(draft: Draft, entry: OpenInvitation) -> str:
    return _record(draft, entry).sealed_for or entry.id


def _record(draft: Draft, entry: OpenInvitation) -> InvitationRecord:
    record = draft.invitation(entry.id)
    assert record is not None, "settling drops those without a record"
    return record
