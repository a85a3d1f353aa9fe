"""The shape `posthog`: capture events as PostHog's surveys want them, https://posthog.com/docs/surveys/events.

Its surveys are our questionnaires, by their ids: PostHog makes ids of its own for surveys that are defined there.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from tactful_gateway.sinks.shapes.shape import Event, Make, Shape, in_words, type_of, without_nothing

_NAMES = {
    "invitation.displayed": "survey shown",
    "invitation.dismissed": "survey dismissed",
    "response.updated": "survey sent",
    "response.completed": "survey sent",
}


class PosthogConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The project's key, `phc_...`, which the capture API wants in each body."""

    api_key: str


class PosthogOptions(Struct, frozen=True):
    """The one option of the shape, named like it."""

    posthog: PosthogConfig


def bind(options: PosthogOptions, _: str) -> Make:
    """Give what makes capture events for one project."""

    def make(event: Event) -> dict[str, Any]:
        return {
            "api_key": options.posthog.api_key,
            "event": _NAMES[type_of(event)],
            "distinct_id": event["subject"],
            "timestamp": event["time"],
            "uuid": event["id"],
            "properties": _properties(event),
        }

    return make


def _properties(event: Event) -> dict[str, Any]:
    data = event["data"]
    survey = {
        "$survey_id": data["questionnaire"],
        "$survey_name": data["questionnaire"],
        "$survey_submission_id": data["invitation"],
        "$survey_language": data["locale"] or None,
        "$current_url": (data.get("page") or {}).get("url"),
    }
    ours = {name: data.get(name) for name in ("touchpoint", "stage", "rule", "channel")}
    return without_nothing(survey) | _answers(data) | without_nothing(ours) | {"$lib": "tactful"}


def _answers(data: dict[str, Any]) -> dict[str, Any]:
    """Tell of a response; later events of one `$survey_submission_id` stand for the earlier ones."""
    if "questions" not in data:
        return {}
    questions = data["questions"]
    return {
        "$survey_completed": data["complete"],
        "$survey_questions": [{"id": question["id"], "question": question["text"]} for question in questions],
        **{f"$survey_response_{question['id']}": in_words(question) for question in questions},
    }


SHAPE = Shape("posthog", tuple(_NAMES), bind, PosthogOptions)
