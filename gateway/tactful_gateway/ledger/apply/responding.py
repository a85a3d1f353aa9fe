"""Saving answers. They are precious: taken until the invitation expires, also after it was closed in another tab."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.noticing import show
from tactful_gateway.ledger.commands import Accepted, Problem, Refused, Respond
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.questionnaire import check_answers, last_score


def apply_respond(draft: Draft, command: Respond) -> Accepted | Refused:
    """Save a partial or final response.

    Answers are also taken for a hold that ran out undisplayed (the person did see it: it counts as asked now), for an
    invitation that was dismissed, and for a message that was withdrawn but may have arrived. Such answers count in a
    quota where a place is free, and are kept beyond it where none is. A revision not above the last one seen is a late
    arrival and changes nothing.
    """
    record = draft.invitation(command.invitation)
    if record is None or record.person != command.person:
        return Refused("unknown_invitation")
    if draft.withdrawn(record):
        return Refused("invitation_closed")
    if _is_late(record, command):
        return Accepted(record, duplicate=True)
    if not record.complete and draft.now >= record.expires_at:
        return Refused("invitation_expired")
    kept, problems = check_answers(
        command.questionnaire,
        command.answers,
        record.params,
        complete=command.complete,
        regex=draft.compiled.regex,
    )
    if record.complete:
        same = command.complete and not problems and kept == record.answers
        return Accepted(record, duplicate=True) if same else Refused("already_completed")
    if problems:
        return Refused("invalid_answers", tuple(Problem(it.path, it.code, it.message) for it in problems))
    return _save(draft, record, command, kept)


def _is_late(record: InvitationRecord, command: Respond) -> bool:
    numbered = command.rev is not None and command.rev <= record.rev
    return not command.complete and record.answered_at is not None and numbered


def _save(draft: Draft, record: InvitationRecord, command: Respond, kept: dict[str, Any]) -> Accepted:
    if not kept and not command.complete and record.answered_at is None:
        return Accepted(record)  # nothing is answered yet
    rev = max(record.rev, command.rev or 0)
    score = last_score(command.questionnaire, kept)
    done = draft.now if command.complete else None
    if record.answered_at is None:
        closing.cancel_others(draft, record, "answered")  # first, so that it may have the place that they held
        record = show(draft, record) if record.displayed_at is None else record
        saved = replace(
            record,
            status="answered",
            answers=kept,
            rev=rev,
            complete=command.complete,
            answered_at=draft.now,
            completed_at=done,
            closed_at=done,
            why=None,
            addresses={},  # nothing is sent for it any more
        )
        saved = _first_answer(draft, saved, score)
    elif kept == record.answers and not command.complete:
        saved = replace(record, rev=rev)
        draft.save_invitation(saved)
        return Accepted(saved, duplicate=True)
    else:
        closed = done or record.closed_at  # whoever had left it, and sends one more part, had left it all the same
        saved = replace(record, answers=kept, rev=rev, complete=command.complete, completed_at=done, closed_at=closed)
        if score is not None:
            draft.save_person(record.person, persons.with_score(draft.person(record.person), score, draft.now))
    draft.save_invitation(saved)
    kind = "response.completed" if command.complete else "response.updated"
    draft.tell(kind, saved.person, facts.response, saved, command.questionnaire, draft.compiled.ruleset)
    return Accepted(saved)


def _first_answer(draft: Draft, record: InvitationRecord, score: float | None) -> InvitationRecord:
    state = persons.without_open(draft.person(record.person), record.id)
    state = persons.with_event(state, "answered", record, draft.now)
    draft.save_person(record.person, state if score is None else persons.with_score(state, score, draft.now))
    return quotas.count(draft, record, "answers")
