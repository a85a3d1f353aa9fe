"""Questions as plain form fields: the field `answers.ID` holds a choice or text, `other.ID` the words of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from tactful_gateway.words.screens import Words
from tactful_rules.model.questionnaire import OTHER_MAX_LENGTH, SCALES, TEXT_MAX_LENGTH

OTHER = "+"
"""The value of the option of one's own: no id can look like that."""
MARKS = {"emoji": "😞😕😐😊😃", "stars": "★★★★★"}
"""What stands above the numbers of a `csat`. Screen readers have names for faces in every language; these are as old as
Unicode 6, since fonts that have no colours lack newer ones."""
Say = Callable[[str], str]
"""Gives a text with its placeholders filled in, escaped for HTML."""


def question_field(question: Mapping[str, Any], answer: Any, error: str | None, say: Say, words: Words) -> str:
    """Build one question (wire form) with what is answered so far; `error` stands below it.

    Without a script a question with an `if` is there before anybody knows whether it is to be: it says so.
    """
    kind, name = question["type"], escape(question["id"])
    notes = (escape(words.applies) if "if" in question else "", say(question.get("help", "")))
    help_lines = "<br>".join(filter(None, notes))
    described = " ".join(f"{name}-{part}" for part, there in (("h", help_lines), ("e", error)) if there)
    attributes = f' aria-describedby="{described}"' if described else ""
    help_text = f'<p class="help" id="{name}-h">{help_lines}</p>' if help_lines else ""
    error_text = f'<p class="error" id="{name}-e">{escape(error)}</p>' if error else ""
    invalid = ' aria-invalid="true"' if error else ""
    needed = " required" if question.get("required") and "if" not in question else ""
    if kind == "text":
        label = f'<label class="q" for="{name}">{say(question["text"])}</label>'
        control = _text(question, name, answer, attributes + invalid + needed, say)
        return f"<fieldset>{label}{help_text}{control}{error_text}</fieldset>"
    role = "group" if kind == "multi" else "radiogroup"
    control = (_scale if kind in SCALES else _choices)(question, name, answer, needed, say, words)
    return (
        f'<fieldset role="{role}" aria-labelledby="{name}-q"{attributes}>'
        f'<legend id="{name}-q">{say(question["text"])}</legend>{help_text}{control}{error_text}</fieldset>'
    )


def _text(question: Mapping[str, Any], name: str, answer: Any, attributes: str, say: Say) -> str:
    longest = question.get("max_length") or TEXT_MAX_LENGTH
    given = escape(answer) if isinstance(answer, str) else ""
    common = f'class="field" id="{name}" name="answers.{name}" maxlength="{longest}"{attributes}'
    if question.get("placeholder"):
        common += f' placeholder="{say(question["placeholder"])}"'
    # The newline is dropped by the parser; without it one of the answer's own would be.
    return f"<textarea {common}>\n{given}</textarea>" if question.get("long") else f'<input {common} value="{given}">'


def _scale(question: Mapping[str, Any], name: str, answer: Any, needed: str, say: Say, _: Words) -> str:
    low, high = SCALES[question["type"]]
    style = question.get("style", "numbers")
    hidden = "" if style == "emoji" else ' aria-hidden="true"'
    marks = [f'<span class="mark"{hidden}>{mark}</span>' for mark in MARKS.get(style, "")] or [""] * (high - low + 1)
    rows = (
        f'<label><input type="radio" name="answers.{name}" value="{value}"{_checked(answer == value)}{needed}>'
        f"{mark}{value}</label>"
        for value, mark in enumerate(marks, low)
    )
    ends = [say(question.get(end, "")) for end in ("low", "high")]
    below = f'<p class="ends"><span>{ends[0]}</span><span>{ends[1]}</span></p>' if any(ends) else ""
    return f'<div class="scale n{high - low + 1}">{"".join(rows)}</div>{below}'


def _choices(question: Mapping[str, Any], name: str, answer: Any, needed: str, say: Say, words: Words) -> str:
    many = question["type"] == "multi"
    given: Sequence[Any] = answer if isinstance(answer, (list, tuple)) else () if answer is None else (answer,)
    own = next((part["other"] for part in given if isinstance(part, Mapping)), None)

    def row(value: str, text: str, checked: bool) -> str:
        kind = f'type="checkbox" name="answers.{name}"' if many else f'type="radio" name="answers.{name}"{needed}'
        return f'<label><input {kind} value="{escape(value)}"{_checked(checked)}>{say(text)}</label>'

    rows = [row(option["id"], option["text"], option["id"] in given) for option in question.get("options", ())]
    if question.get("other"):
        said, hint = escape(str(own or "")), escape(words.specify)
        rows.append(row(OTHER, question["other"], own is not None))
        rows.append(
            f'<input class="field" name="other.{name}" maxlength="{OTHER_MAX_LENGTH}" value="{said}"'
            f' placeholder="{hint}" aria-label="{hint}">'
        )
    if question.get("none"):
        rows.append(row("none", question["none"], "none" in given))
    return f'<div class="list">{"".join(rows)}</div>'


def _checked(yes: bool) -> str:
    return " checked" if yes else ""
