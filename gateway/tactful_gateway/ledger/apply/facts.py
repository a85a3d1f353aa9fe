"""What the journal tells of an invitation and of a response: all an analyst needs, without a join.

`answers` maps a question to its bare answer, for conditions and flat tables; `questions` says the same with types and
texts, in the locale in which they were asked.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import SECOND, Instant, rfc3339
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.questionnaire import localise, scores

_MOMENTS = ("displayed_at", "opened_at", "answered_at", "completed_at", "closed_at")


def about(record: InvitationRecord) -> dict[str, Any]:
    """Tell of an invitation; `variant` is the questionnaire among those its rule may ask, params are by dotted path."""
    return {
        "invitation": record.id,
        "person": {"id": record.person, **{name: it for name, it in record.traits.items() if name != "id"}},
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


def cancelled(record: InvitationRecord) -> dict[str, Any]:
    """Tell of an invitation that was withdrawn, and why."""
    return {**about(record), "why": record.why}


def response(record: InvitationRecord, questionnaire: Questionnaire, ruleset: Ruleset) -> dict[str, Any]:
    """Tell of a response; `scores` has `nps`, `csat` and `ces` where they were answered."""
    locale, asked = _localise(_Same(questionnaire), record.locale, ruleset.settings.locale)
    return {
        **about(record),
        "locale": locale,
        "complete": record.complete,
        "answers": record.answers,
        "questions": [
            _answered(question, record.answers[question["id"]])
            for question in asked["questions"]
            if question["id"] in record.answers
        ],
        "scores": scores(questionnaire, record.answers),
    }


class _Same:
    """A questionnaire as a key: the very same object, which is all that a cache needs to know."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.questionnaire is self.questionnaire

    def __hash__(self) -> int:
        return id(self.questionnaire)


@lru_cache(maxsize=256)
def _localise(same: _Same, locale: str, default: str) -> tuple[str, dict[str, Any]]:
    return localise(same.questionnaire, locale, default)


def _answered(question: dict[str, Any], answer: Any) -> dict[str, Any]:
    told = {"id": question["id"], "type": question["type"], "text": question["text"], "answer": answer}
    if question["type"] in {"single", "multi"}:
        told["labels"] = _labels(question, answer if isinstance(answer, list) else [answer])
    return told


def _labels(question: dict[str, Any], chosen: list[Any]) -> list[str]:
    texts = {option["id"]: option["text"] for option in question.get("options", ())}
    texts.setdefault("none", question.get("none", "none"))
    return [choice["other"] if isinstance(choice, dict) else texts.get(choice, choice) for choice in chosen]


def _timings(record: InvitationRecord) -> dict[str, Any]:
    told: dict[str, Any] = {"decided_at": rfc3339(record.decided_at), "expires_at": rfc3339(record.expires_at)}
    for name in _MOMENTS:
        at: Instant | None = getattr(record, name)
        if at is not None:
            told[name] = rfc3339(at)
    for name, start, end in (
        ("seconds_to_display", record.decided_at, record.displayed_at),
        ("seconds_to_answer", record.displayed_at, record.answered_at),
        ("seconds_to_complete", record.displayed_at, record.completed_at),
    ):
        if start is not None and end is not None:
            told[name] = (end - start) / SECOND
    return told
