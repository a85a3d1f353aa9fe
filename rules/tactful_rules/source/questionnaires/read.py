"""Reads `questionnaires`: questions in order, then end screens, each `if` over what was answered before it."""

from __future__ import annotations

from tactful_rules.model.questionnaire import End, Question, Questionnaire
from tactful_rules.source.questionnaires.placeholders import Placeholders
from tactful_rules.source.questionnaires.question import read_question
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.scalars import read_items, read_text
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, words_of
from tactful_rules.source.sections.context import Context
from tactful_rules.source.when.scope import Attribute, for_questions, of_touchpoints

QUESTIONNAIRE_KEYS = ("title", "questions", "ends")
MAX_QUESTIONS = 200
END_KEYS = ("title", "text", "if")


def read_questionnaires(context: Context, section: Mapping) -> dict[str, Questionnaire]:
    """Read the questionnaires in file order."""
    params = of_touchpoints(context.touchpoints.values(), "params.")
    questionnaires: dict[str, Questionnaire] = {}
    for name, key, node in context.ids(section, "a questionnaire"):
        questionnaire = _read_questionnaire(context, name, key, node, params)
        context.questionnaires[name] = questionnaire
        questionnaires[name] = questionnaire
    return questionnaires


def _read_questionnaire(
    context: Context, name: str, key: Scalar, node: Node, params: dict[str, Attribute]
) -> Questionnaire:
    fields = read_fields(context.report, node, "a questionnaire", QUESTIONNAIRE_KEYS, key.at)
    placeholders = Placeholders(context, params)
    questions, named = _read_questions(context, fields, params, placeholders)
    conditions = context.conditions(for_questions(questions, params, named))
    ends: list[End] = []
    for item in read_items(context.report, fields.get("ends"), "`ends`"):
        placeholders.check(item, named)
        end = read_fields(context.report, item, "an end screen", END_KEYS)
        ends.append(
            End(
                title=read_text(context.report, end.require("title"), "`title`"),
                text=read_text(context.report, end.get("text"), "`text`"),
                condition=conditions.read(end.get("if"), "`if`"),
            )
        )
    return Questionnaire(name, questions, read_text(context.report, fields.get("title"), "`title`"), tuple(ends))


def _read_questions(
    context: Context, fields: Fields, params: dict[str, Attribute], placeholders: Placeholders
) -> tuple[tuple[Question, ...], list[str]]:
    """Give the usable questions, and the ids of all: one that is broken is still there to be named."""
    items = read_items(context.report, fields.require("questions"), "`questions`")
    if len(items) > MAX_QUESTIONS:
        message = f"a questionnaire has at most {MAX_QUESTIONS} questions, not {len(items)}"
        context.report.error(items[MAX_QUESTIONS].at, "too_big", message, "nobody answers so many; make several")
        items = items[:MAX_QUESTIONS]
    ids = [_id_of(item) or "" for item in items]
    for item in items or (fields.get("questions"),):
        if item is not None and _id_of(item) is None:
            context.report.leave_out(words_of(item))
    questions: list[Question] = []
    for index, item in enumerate(items):
        placeholders.check(item, ids[:index])
        scope = for_questions(questions, params, ids[:index], ids[index:])
        question = read_question(context, item, context.conditions(scope))
        if question is None:
            continue
        if question.id in ids[:index]:
            message = f"a question `{question.id}` stands before already"
            context.report.error(_place_of(item).at, "duplicate_id", message, "rename one of them")
            continue
        questions.append(question)
    return tuple(questions), ids


def _place_of(item: Node) -> Node:
    return (item.get("id") if isinstance(item, Mapping) else None) or item


def _id_of(item: Node) -> str | None:
    place = _place_of(item)
    return place.text if isinstance(place, Scalar) else None
