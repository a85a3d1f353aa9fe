"""The shape `flat`: a response as one row, one column a question, for tables and data frames.

A column's name says its type, by its beginning for a question: two questionnaires may ask a `why`, one as a text and
one as a choice, and a column must not change its type.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from tactful_gateway.sinks.shapes.shape import Event, Shape
from tactful_rules.model.ids import is_id

ColumnType: TypeAlias = Literal["text", "texts", "whole", "number", "flag", "time"]

_EVENT: dict[str, ColumnType] = {"id": "text", "type": "text", "time": "time"}
_FACTS: dict[str, ColumnType] = {
    "invitation": "text",
    "source": "text",
    "external_id": "text",
    "touchpoint": "text",
    "stage": "text",
    "event_id": "text",
    "rule": "text",
    "questionnaire": "text",
    "channel": "text",
    "locale": "text",
    "timezone": "text",
    "ruleset": "text",
    "complete": "flag",
}
_PARTS: dict[str, dict[str, tuple[str, ColumnType]]] = {
    "device": {
        "device_type": ("type", "text"),
        "device_os": ("os", "text"),
        "device_browser": ("browser", "text"),
    },
    "page": {"page_url": ("url", "text")},
    "scores": {"nps": ("nps", "number"), "csat": ("csat", "number"), "ces": ("ces", "number")},
    "timings": {
        "decided_at": ("decided_at", "time"),
        "displayed_at": ("displayed_at", "time"),
        "answered_at": ("answered_at", "time"),
        "completed_at": ("completed_at", "time"),
        "received_at": ("received_at", "time"),
        "seconds_to_display": ("seconds_to_display", "number"),
        "seconds_to_answer": ("seconds_to_answer", "number"),
        "seconds_to_complete": ("seconds_to_complete", "number"),
    },
}
_JSON: dict[str, ColumnType] = {"params": "text", "traits": "text", "answers": "text"}
COLUMNS: dict[str, ColumnType] = {
    **_EVENT,
    "person": "text",
    **_FACTS,
    **{column: kind for part in _PARTS.values() for column, (_, kind) in part.items()},
    **_JSON,
}
"""The columns of every row, in their order; those of its questions follow."""
_RARE: dict[str, ColumnType] = {"beyond_quota": "flag"}
"""Columns of which, as of a question's, only those rows know that have something in them."""

_QUESTIONS: dict[str, str] = {
    "nps": "score",
    "csat": "score",
    "ces": "score",
    "single": "choice",
    "multi": "choices",
    "text": "text",
    "number": "number",
    "boolean": "flag",
}
"""How the column of a question begins; the last two are asked elsewhere alone."""
_BEGINNINGS: dict[str, ColumnType] = {
    "score": "whole",
    "choice": "text",
    "choices": "texts",
    "other": "text",
    "text": "text",
    "number": "number",
    "flag": "flag",
}


def column_type(column: str) -> ColumnType:
    """Give the type of a column by its name.

    Raises:
        KeyError: no row has such a column.
    """
    return COLUMNS.get(column) or _RARE.get(column) or _BEGINNINGS[column.partition("_")[0]]


def flat(event: Event) -> dict[str, Any]:
    """Make the row of a response or of feedback; `other` texts have columns of their own beside the choice `other`."""
    data = event["data"]
    traits = {name: value for name, value in data["person"].items() if name != "id"}
    row = {name: event[name] for name in _EVENT}
    row["person"] = event["subject"]
    row |= {name: data.get(name) for name in _FACTS}
    for part, columns in _PARTS.items():
        told = data.get(part) or {}
        row |= {column: told.get(name) for column, (name, _) in columns.items()}
    row["params"] = _as_text(data["params"])
    row["traits"] = _as_text(traits)
    row["answers"] = _as_text(data["answers"])
    row |= {name: data[name] for name in _RARE if name in data}
    for question in data["questions"]:
        if is_id(
            question["id"]
        ):  # feedback from elsewhere may name a question as it likes; `answers` has it all the same
            row |= _answer(question["id"], question["type"], question["answer"])
    return row


def _answer(question: str, kind: str, answer: Any) -> dict[str, Any]:
    told: Any
    column = f"{_QUESTIONS[kind]}_{question}"
    if kind == "multi":
        other = next((choice["other"] for choice in answer if isinstance(choice, dict)), None)
        told = [_choice(choice) for choice in answer]
    elif isinstance(answer, dict):
        told, other = "other", answer["other"]
    else:
        told, other = answer, None
    return {column: told} if other is None else {column: told, f"other_{question}": other}


def _choice(choice: Any) -> str:
    """Give an option's id; a list from elsewhere may hold numbers."""
    if isinstance(choice, dict):
        return "other"
    return choice if isinstance(choice, str) else msgspec.json.encode(choice).decode()


def _as_text(part: dict[str, Any]) -> str:
    return msgspec.json.encode(part).decode()


SHAPE = Shape("flat", ("response.completed", "response.updated", "feedback.received"), lambda _, __: flat)
