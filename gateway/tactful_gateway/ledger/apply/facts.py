"""What the journal tells of an invitation and of a response: all an analyst needs, without a join.

`answers` maps a question to its bare answer, for conditions and flat tables; `questions` says the same with types and
texts, in the locale in which they were asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from tactful_gateway.ledger.commands import Feedback
from tactful_gateway.ledger.localised import localised
from tactful_gateway.store.records import InvitationRecord, InvitationStatus
from tactful_rules.model.ids import SECOND, Instant, rfc3339
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.once import once
from tactful_rules.questionnaire import scores


def about(record: InvitationRecord) -> dict[str, Any]:
    """Tell of an invitation; `variant` is the questionnaire among those its rule may ask, params are by dotted path."""
    told: dict[str, Any] = {
        "invitation": record.id,
        "person": _person(record),
        "touchpoint": record.touchpoint,
        "stage": record.stage,
        "event_id": record.event_id,
        "rule": record.rule,
        "questionnaire": record.questionnaire,
        "variant": record.questionnaire,
        "channel": record.channel,
        "status": record.status,
        "ruleset": record.ruleset,
        "locale": record.locale,
        "timezone": record.timezone,
        "params": record.params,
        "page": record.page,
        "device": record.device,
        "timings": _timings(record),
    }
    if not record.on_screen:
        told["attempts"] = record.attempts or record.took
        told["message_id"] = record.message_id
        told["fallback_of"] = record.fallback_of
    if record.beyond_quota:
        told["beyond_quota"] = True
    return told


def sent(record: InvitationRecord, reminder: int, message_id: str | None) -> dict[str, Any]:
    """Tell of a message that its provider accepted: the ask (0) or the n-th reminder."""
    return {**about(record), "reminder": reminder, "message_id": message_id}


def failed(record: InvitationRecord, error: str, reminder: int) -> dict[str, Any]:
    """Tell of a message that could not be sent, with what the provider said."""
    return {**about(record), "reminder": reminder, "error": error}


def cancelled(record: InvitationRecord) -> dict[str, Any]:
    """Tell of an invitation that was withdrawn, and why."""
    return {**about(record), "why": record.why}


def response(record: InvitationRecord, questionnaire: Questionnaire, ruleset: Ruleset) -> dict[str, Any]:
    """Tell of a response; `scores` has `nps`, `csat` and `ces` where they were answered."""
    locale, asked = _asked(questionnaire, record.locale, ruleset.settings.locale)
    answers = record.answers
    told = about(record)
    told["locale"] = locale
    told["complete"] = record.complete
    told["answers"] = answers
    told["questions"] = _questions(asked, answers)
    told["scores"] = scores(questionnaire, answers)
    return told


class Received(Struct, frozen=True, gc=False):
    """Feedback as it was taken in: when, at which stage, under which ruleset, in which locale, and what was kept."""

    command: Feedback
    at: Instant
    stage: str | None
    ruleset: str
    locale: str
    answers: dict[str, Any]
    scores: dict[str, float]


class Answered(Struct, frozen=True, gc=False):
    """A question as it was asked, with its answer; `labels` are those of what was chosen, where something was."""

    id: str
    type: str
    text: str
    answer: Any
    labels: Sequence[Any] | UnsetType = UNSET


class FeedbackTimings(Struct, frozen=True, gc=False):
    """When feedback was given, and when it got here."""

    answered_at: str
    received_at: str


class ToldFeedback(Struct, frozen=True, gc=False):
    """What is told of feedback, in the order in which it is written; a dict of as much takes five times as long."""

    invitation: None
    source: str
    external_id: str
    person: dict[str, Any]
    touchpoint: str
    stage: str | None
    event_id: str | None
    rule: None
    questionnaire: str | None
    variant: str | None
    channel: str | None
    status: InvitationStatus
    ruleset: str
    locale: str
    timezone: None
    params: dict[str, Any]
    timings: FeedbackTimings
    complete: bool
    answers: dict[str, Any]
    questions: Sequence[Answered]
    scores: dict[str, float]


def feedback(received: Received, questionnaire: Questionnaire | None, ruleset: Ruleset) -> ToldFeedback:
    """Tell of feedback from elsewhere as of a response; without a questionnaire of ours the answers name questions."""
    command, answers, locale = received.command, received.answers, received.locale
    if questionnaire is None:
        questions = [_free(key, answer) for key, answer in answers.items()]
    else:
        locale, asked = _asked(questionnaire, locale, ruleset.settings.locale)
        questions = _questions(asked, answers)
    return ToldFeedback(
        None,
        command.source,
        command.external_id,
        {**command.traits, "id": command.person},
        command.touchpoint,
        received.stage,
        command.event_id,
        None,
        command.questionnaire,
        command.questionnaire,
        command.channel,
        "answered",
        received.ruleset,
        locale,
        None,
        command.params,
        FeedbackTimings(rfc3339(command.at), rfc3339(received.at)),
        True,
        answers,
        questions,
        received.scores,
    )


def _free(key: str, answer: Any) -> Answered:
    if isinstance(answer, bool):
        return Answered(key, "boolean", key, answer)
    if isinstance(answer, list):
        return Answered(key, "multi", key, answer, answer)
    return Answered(key, "text" if isinstance(answer, str) else "number", key, answer)


class Asked(Struct, frozen=True):
    """A question in one locale, with the labels of its choices, if it has any."""

    id: str
    type: str
    text: str
    labels: dict[str, str] | None


@once
def _asked(questionnaire: Questionnaire, locale: str, default: str) -> tuple[str, tuple[Asked, ...]]:
    used, document = localised(questionnaire, locale, default)
    return used, tuple(
        Asked(question["id"], question["type"], question["text"], _labels(question))
        for question in document["questions"]
    )


def _labels(question: dict[str, Any]) -> dict[str, str] | None:
    if question["type"] not in {"single", "multi"}:
        return None
    none = {"none": question.get("none", "none")}
    return none | {option["id"]: option["text"] for option in question.get("options", ())}


def _questions(asked: Iterable[Asked], answers: dict[str, Any]) -> list[Answered]:
    return [_answered(it, answers[it.id]) for it in asked if it.id in answers]


def _person(record: InvitationRecord) -> dict[str, Any]:
    told: dict[str, Any] = {"id": record.person}
    if record.traits:
        told.update(record.traits)
        told["id"] = record.person
    return told


def _answered(asked: Asked, answer: Any) -> Answered:
    if asked.labels is None:
        return Answered(asked.id, asked.type, asked.text, answer)
    chosen = answer if isinstance(answer, list) else [answer]
    labels = [it["other"] if isinstance(it, dict) else asked.labels.get(it, it) for it in chosen]
    return Answered(asked.id, asked.type, asked.text, answer, labels)


def _timings(record: InvitationRecord) -> dict[str, Any]:
    # Every event has them: written out, they take half the time that a loop over the names does.
    decided, displayed, answered, completed = (
        record.decided_at,
        record.displayed_at,
        record.answered_at,
        record.completed_at,
    )
    told: dict[str, Any] = {"decided_at": rfc3339(decided), "expires_at": rfc3339(record.expires_at)}
    if record.not_before is not None:
        told["not_before"] = rfc3339(record.not_before)
    if record.sent_at is not None:
        told["sent_at"] = rfc3339(record.sent_at)
    if displayed is not None:
        told["displayed_at"] = rfc3339(displayed)
    if record.opened_at is not None:
        told["opened_at"] = rfc3339(record.opened_at)
    if answered is not None:
        told["answered_at"] = rfc3339(answered)
    if completed is not None:
        told["completed_at"] = rfc3339(completed)
    if record.closed_at is not None:
        told["closed_at"] = rfc3339(record.closed_at)
    if displayed is not None:  # a clock that was set back in between makes no negative time
        told["seconds_to_display"] = max(0, displayed - decided) / SECOND
        if answered is not None:
            told["seconds_to_answer"] = max(0, answered - displayed) / SECOND
        if completed is not None:
            told["seconds_to_complete"] = max(0, completed - displayed) / SECOND
    return told
