"""What the journal tells of an invitation and of a response: all an analyst needs, without a join.

`answers` maps a question to its bare answer, for conditions and flat tables; `questions` says the same with types and
texts, in the locale in which they were asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from tactful_gateway.ledger.commands import Feedback
from tactful_gateway.ledger.localised import localised
from tactful_gateway.store.records import InvitationRecord, InvitationStatus
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import SECOND, Instant, rfc3339
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.once import once
from tactful_rules.questionnaire import scores


class Timings(Struct, frozen=True, gc=False):
    """When what happened to an invitation, as far as it did, and how many seconds it took."""

    decided_at: str
    expires_at: str
    not_before: str | UnsetType
    sent_at: str | UnsetType
    displayed_at: str | UnsetType
    opened_at: str | UnsetType
    answered_at: str | UnsetType
    completed_at: str | UnsetType
    closed_at: str | UnsetType
    seconds_to_display: float | UnsetType
    seconds_to_answer: float | UnsetType
    seconds_to_complete: float | UnsetType


class Told(Struct, frozen=True, gc=False):
    """What is told of an invitation, in the order in which it is written; the last ones where an event has them.

    A dict of as much takes twice as long to make and to write.
    """

    invitation: str
    person: dict[str, Any]
    touchpoint: str
    stage: str | None
    event_id: str
    rule: str
    questionnaire: str
    variant: str
    channel: str
    status: InvitationStatus
    ruleset: str
    locale: str | None
    timezone: str | None
    params: dict[str, Any]
    page: Page
    device: Device
    timings: Timings
    attempts: int | UnsetType = UNSET
    message_id: str | UnsetType | None = UNSET
    fallback_of: str | UnsetType | None = UNSET
    beyond_quota: bool | UnsetType = UNSET
    reminder: int | UnsetType = UNSET
    error: str | UnsetType = UNSET
    why: str | UnsetType | None = UNSET
    complete: bool | UnsetType = UNSET
    answers: dict[str, Any] | UnsetType = UNSET
    questions: Sequence[Answered] | UnsetType = UNSET
    scores: dict[str, float] | UnsetType = UNSET


def about(record: InvitationRecord) -> Told:
    """Tell of an invitation; `variant` is the questionnaire among those its rule may ask, params are by dotted path."""
    return _told(record, record.locale)


def sent(record: InvitationRecord, reminder: int, message_id: str | None) -> Told:
    """Tell of a message that its provider accepted: the ask (0) or the n-th reminder."""
    return replace(about(record), reminder=reminder, message_id=message_id)


def failed(record: InvitationRecord, error: str, reminder: int) -> Told:
    """Tell of a message that could not be sent, with what the provider said."""
    return replace(about(record), reminder=reminder, error=error)


def cancelled(record: InvitationRecord) -> Told:
    """Tell of an invitation that was withdrawn, and why."""
    return replace(about(record), why=record.why)


def response(record: InvitationRecord, questionnaire: Questionnaire, ruleset: Ruleset) -> Told:
    """Tell of a response; `scores` has `nps`, `csat` and `ces` where they were answered."""
    locale, asked = _asked(questionnaire, record.locale, ruleset.settings.locale)
    answers = record.answers
    return _told(record, locale, record.complete, answers, _questions(asked, answers), scores(questionnaire, answers))


def _told(
    record: InvitationRecord,
    locale: str | None,
    complete: bool | UnsetType = UNSET,
    answers: dict[str, Any] | UnsetType = UNSET,
    questions: Sequence[Answered] | UnsetType = UNSET,
    scored: dict[str, float] | UnsetType = UNSET,
) -> Told:
    sent_away = not record.on_screen
    return Told(
        record.id,
        _person(record),
        record.touchpoint,
        record.stage,
        record.event_id,
        record.rule,
        record.questionnaire,
        record.questionnaire,
        record.channel,
        record.status,
        record.ruleset,
        locale,
        record.timezone,
        record.params,
        record.page,
        record.device,
        _timings(record),
        (record.attempts or record.took) if sent_away else UNSET,
        record.message_id if sent_away else UNSET,
        record.fallback_of if sent_away else UNSET,
        record.beyond_quota or UNSET,
        UNSET,
        UNSET,
        UNSET,
        complete,
        answers,
        questions,
        scored,
    )


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


def _timings(record: InvitationRecord) -> Timings:
    # Every event has them: written out, they take half the time that a loop over the names does.
    decided, not_before, sent_at = record.decided_at, record.not_before, record.sent_at
    displayed, opened, closed = record.displayed_at, record.opened_at, record.closed_at
    answered, completed = record.answered_at, record.completed_at
    # A clock that was set back in between makes no negative time.
    return Timings(
        rfc3339(decided),
        rfc3339(record.expires_at),
        UNSET if not_before is None else rfc3339(not_before),
        UNSET if sent_at is None else rfc3339(sent_at),
        UNSET if displayed is None else rfc3339(displayed),
        UNSET if opened is None else rfc3339(opened),
        UNSET if answered is None else rfc3339(answered),
        UNSET if completed is None else rfc3339(completed),
        UNSET if closed is None else rfc3339(closed),
        UNSET if displayed is None else max(0, displayed - decided) / SECOND,
        UNSET if displayed is None or answered is None else max(0, answered - displayed) / SECOND,
        UNSET if displayed is None or completed is None else max(0, completed - displayed) / SECOND,
    )
