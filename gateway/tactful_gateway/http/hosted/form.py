"""Reading the plain form back into answers; whether they are good is for `check_answers` to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tactful_gateway.http.hosted.fields import OTHER
from tactful_rules.model.questionnaire import SCALES


def parse_form(pairs: Iterable[tuple[str, str]], questionnaire: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the form's name-value pairs into answers by question id, in the shapes the API takes.

    `questionnaire` is the wire form. Fields left empty are no answers; words in `other.ID` count only where the
    option of one's own is picked, or where nothing is. Scales that hold no number stay text, for the check to refuse.
    """
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    answers: dict[str, Any] = {}
    for question in questionnaire["questions"]:
        given = fields.get(f"answers.{question['id']}", [])
        said = next(iter(fields.get(f"other.{question['id']}", [])), "").strip()
        answer = _answer(question["type"], given, said)
        if answer not in (None, "", []):
            answers[question["id"]] = answer
    return answers


def _answer(kind: str, given: list[str], said: str) -> Any:
    if kind == "text":
        # Browsers send CR LF for each line break of a text area.
        return given[0].replace("\r\n", "\n").strip() if given else None
    if kind in SCALES:
        return _number(given[0]) if given else None
    if not given and said:
        given = [OTHER]
    picked = [{"other": said} if value == OTHER else value for value in given]
    return picked if kind == "multi" else (picked[0] if picked else None)


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text
