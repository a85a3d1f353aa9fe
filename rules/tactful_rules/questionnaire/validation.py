"""Checking answers: every problem at once, each with its place, a stable code and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

from tactful_rules.conditions import RegexCompiler
from tactful_rules.model.questionnaire import OTHER_MAX_LENGTH, SCALES, TEXT_MAX_LENGTH, Question, Questionnaire
from tactful_rules.once import once
from tactful_rules.questionnaire.branching import Holds, conditions, lookup_in

AnswerCode = Literal[
    "unknown_question",
    "wrong_type",
    "out_of_range",
    "unknown_option",
    "duplicate_option",
    "none_excludes",
    "too_few",
    "too_many",
    "too_long",
    "required",
]
ANSWER_CODES: tuple[AnswerCode, ...] = get_args(AnswerCode)
BLANK_OTHER = {"other": ""}
"""Something else, but not what: it says nothing, and refusing it would lose the answers around it."""


class AnswerProblem(Struct, frozen=True):
    """One thing wrong with answers; `path` is `answers.<question id>`."""

    path: str
    code: AnswerCode
    message: str


Finding: TypeAlias = tuple[AnswerCode, str]
Read: TypeAlias = tuple[Any, Finding | None]
"""An answer in its kept form, None for no answer, and what is wrong with it."""
Reader: TypeAlias = Callable[[Any], Read]
NOTHING: Read = (None, None)
NO_TEXT: Finding = ("wrong_type", "Send a text.")
NO_OPTION: Finding = ("wrong_type", 'Send an option id, or {"other": "text"}.')


def check_answers(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    params: Mapping[str, Any],
    *,
    complete: bool,
    regex: RegexCompiler | None = None,
) -> tuple[dict[str, Any], tuple[AnswerProblem, ...]]:
    """Give the answers in their kept form and order, and everything wrong with them.

    Texts are trimmed; null, blank texts, an `other` without a word and empty lists are no answers. A partial response
    may stop anywhere: only with `complete` do `required` and `min` hold, and answers to hidden questions are dropped,
    right or wrong. Which are hidden depends on `regex` where an `if` uses `matches`.
    """
    kept: dict[str, Any] = {}
    findings: dict[str, Finding] = {}
    lookup = lookup_in(kept, params)  # what is hidden is never kept, so an `if` sees just what it may
    for question, read, holds in _questions(questionnaire, regex):
        if complete and holds is not None and not holds(lookup):
            continue
        given = answers.get(question.id)
        value, found = NOTHING if given is None else read(given)
        if found is None and value is not None:
            kept[question.id] = value
        if found is None and complete:
            found = _lacking(question, value)
        if found is not None:
            findings[question.id] = found
    if len(kept) < len(answers):  # what is kept was answered
        known = {question.id for question in questionnaire.questions}
        for key in answers:
            if key not in known:
                findings[key] = ("unknown_question", "This questionnaire has no such question.")
    if not findings:
        return kept, ()
    return kept, tuple(AnswerProblem(f"answers.{key}", code, message) for key, (code, message) in findings.items())


@once
def _questions(questionnaire: Questionnaire, regex: RegexCompiler | None) -> tuple[tuple[Question, Reader, Holds], ...]:
    return tuple(
        (question, _reader(question), holds)
        for question, holds in zip(questionnaire.questions, conditions(questionnaire, regex), strict=True)
    )


def _lacking(question: Question, answer: Any) -> Finding | None:
    if answer is None:
        return ("required", "This question needs an answer.") if question.required else None
    if question.min is not None and isinstance(answer, list) and len(answer) < question.min and answer != ["none"]:
        return "too_few", f"Choose at least {question.min}."
    return None


def _reader(question: Question) -> Reader:
    if question.type in SCALES:
        return _scale_reader(*SCALES[question.type])
    if question.type == "text":
        return _text_reader(question.max_length or TEXT_MAX_LENGTH)
    return partial(_read_choice if question.type == "single" else _read_choices, question)


def _scale_reader(low: int, high: int) -> Reader:
    wanted = f"Send a whole number from {low} to {high}."
    wrong: Finding = ("wrong_type", wanted)
    outside: Finding = ("out_of_range", wanted)

    def read(value: Any) -> Read:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number: 9.0 is 9
        if type(value) is not int:
            return value, wrong
        return value, None if low <= value <= high else outside

    return read


def _text_reader(limit: int) -> Reader:
    too_long: Finding = ("too_long", f"Send at most {limit} characters.")

    def read(value: Any) -> Read:
        if not isinstance(value, str):
            return value, NO_TEXT
        value = value.strip()
        return value or None, None if len(value) <= limit else too_long

    return read


def _read_choice(question: Question, value: Any) -> Read:
    tidy = _tidy_choice(value)
    return (None, None) if tidy == BLANK_OTHER else (tidy, _check_choice(question, tidy))


def _read_choices(question: Question, value: Any) -> Read:
    if not isinstance(value, list):
        return value, ("wrong_type", "Send a list of option ids.")
    tidy = [item for item in map(_tidy_choice, value) if item != BLANK_OTHER]
    return (tidy, _check_choices(question, tidy)) if tidy else (None, None)


def _tidy_choice(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("other"), str):
        return {**value, "other": value["other"].strip()}
    return value


def _check_choice(question: Question, value: Any) -> Finding | None:
    if isinstance(value, str):
        known = value in {option.id for option in question.options} or (value == "none" and question.none is not None)
        return None if known else ("unknown_option", "This question has no such option.")
    if not isinstance(value, dict) or set(value) != {"other"} or not isinstance(value["other"], str):
        return NO_OPTION
    if question.other is None:
        return "unknown_option", "This question takes no other answer."
    return _read_other(value["other"])[1]


def _check_choices(question: Question, value: list[Any]) -> Finding | None:
    for item in value:
        found = _check_choice(question, item)
        if found is not None:
            return found
    names = ["other" if isinstance(item, dict) else item for item in value]
    if len(set(names)) < len(names):
        return "duplicate_option", "Send each option once."
    if "none" in names and question.none is not None and len(names) > 1:
        return "none_excludes", "None of these excludes every other option."
    if question.max is not None and len(names) > question.max:
        return "too_many", f"Choose at most {question.max}."
    return None


_read_other = _text_reader(OTHER_MAX_LENGTH)
