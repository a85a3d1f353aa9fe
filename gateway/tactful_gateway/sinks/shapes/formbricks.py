"""The shape `formbricks`: what a Formbricks webhook sends (https://formbricks.com/docs, Webhooks), for its receivers.

A response that is completed in one go is `responseFinished` alone, where Formbricks sends `responseCreated` too.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tactful_gateway.sinks.shapes.shape import Event, Make, Shape, in_words, type_of, without_nothing
from tactful_rules.model.ids import SECOND


def bind(_: msgspec.Struct, sink: str) -> Make:
    """Give what makes payloads of the webhook that the sink stands for."""

    def make(event: Event) -> dict[str, Any]:
        return {"webhookId": sink, "event": _name(event), "data": _response(event)}

    return make


def _name(event: Event) -> str:
    if type_of(event) == "response.completed":
        return "responseFinished"
    first = event["data"]["timings"]["answered_at"] == event["time"]
    return "responseCreated" if first else "responseUpdated"


def _response(event: Event) -> dict[str, Any]:
    data = event["data"]
    person = event["subject"]
    on_screen = "fallback_of" not in data
    return {
        "id": data["invitation"],
        "createdAt": data["timings"]["answered_at"],
        "updatedAt": event["time"],
        "surveyId": data["questionnaire"],
        "displayId": data["invitation"] if "displayed_at" in data["timings"] else None,
        "contact": {"id": person, "userId": person},
        "contactAttributes": {**_attributes(data["person"]), "userId": person},
        "finished": data["complete"],
        "endingId": None,
        "data": {question["id"]: in_words(question) for question in data["questions"]},
        "variables": {name: value for name, value in data["params"].items() if _fits(value)},
        "ttc": _times(data["timings"]),
        "tags": [],
        "meta": _meta(data),
        "singleUseId": None,
        "language": data["locale"] or None,
        "survey": {"title": data["questionnaire"], "type": "app" if on_screen else "link"},
    }


def _attributes(traits: dict[str, Any]) -> dict[str, str]:
    """Attributes are texts there; what has parts is left out."""
    plain = {name: value for name, value in traits.items() if name != "id" and isinstance(value, str | int | float)}
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in plain.items()
    }


def _fits(value: Any) -> bool:
    """Variables are numbers and texts."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _times(timings: dict[str, Any]) -> dict[str, float]:
    """Times to complete in milliseconds: only the whole is known."""
    seconds = timings.get("seconds_to_complete")
    return {} if seconds is None else {"_total": round(seconds * SECOND)}


def _meta(data: dict[str, Any]) -> dict[str, Any]:
    device, page = data.get("device") or {}, data.get("page") or {}
    agent = {"browser": device.get("browser"), "os": device.get("os"), "device": device.get("type")}
    meta = {
        "source": data["channel"],
        "url": page.get("url"),
        "action": data["touchpoint"],
        "userAgent": without_nothing(agent),
    }
    return without_nothing(meta)


SHAPE = Shape("formbricks", ("response.completed", "response.updated"), bind)
