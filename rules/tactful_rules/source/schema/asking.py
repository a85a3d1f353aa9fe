"""Rules, variants, questionnaires and questions as JSON Schema."""

from __future__ import annotations

from tactful_rules.model.questionnaire import QUESTION_TYPES, TEXT_MAX_LENGTH
from tactful_rules.source.questionnaires.question import STYLES
from tactful_rules.source.schema.words import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    PER,
    SHARE,
    SPAN,
    TEXT,
    Schema,
    list_of,
    map_of,
    one_or_more,
    record,
    ref,
    words,
)
from tactful_rules.source.sections.rules import IGNORABLE


def rule() -> Schema:
    """Describe a rule."""
    fallback = {"type": "object", "minProperties": 1, "maxProperties": 1}
    fallback |= {"additionalProperties": {"type": "string", "pattern": "^after +[0-9]+[smhdw]$"}}
    properties: dict[str, Schema] = {
        "at": {**one_or_more(ref("touchpoint")), "description": "The touchpoint, or several"},
        "when": ref("condition"),
        "ask": {**ref("questionnaire"), "description": "The questionnaire; short for one variant"},
        "variants": {"type": "array", "items": ref("variant"), "minItems": 1},
        "sample": {**SHARE, "description": "Ask this share of the people; the same ones every time"},
        "channels": {**one_or_more({"anyOf": [ref("channel"), fallback]}), "description": "Tried in this order"},
        "priority": {"type": "number", "description": "High is tried first; then file order"},
        "quota": ref("quota"),
        "from": {**MOMENT, "description": "In force from here; a date is in the settings' zone"},
        "until": {**MOMENT, "description": "In force to here, which is not included"},
        "delay": {**SPAN, "description": "Ask that long after the event; sent channels only"},
        "valid_for": {**SPAN, "description": "How long an invitation may be answered; 72h"},
        "enabled": FLAG,
        "remind": record({"after": SPAN, "times": COUNT}, ["after"]),
        "ignore": {**one_or_more(words(IGNORABLE)), "description": "Do-not-disturb that does not hold for this rule"},
    }
    return record(properties, ["at"]) | {"oneOf": [{"required": ["ask"]}, {"required": ["variants"]}]}


def variant() -> Schema:
    """Describe a variant."""
    weight: Schema = {"type": "number", "exclusiveMinimum": 0, "description": "Its share among those that fit; 1"}
    return record({"ask": ref("questionnaire"), "when": ref("condition"), "weight": weight}, ["ask"])


def quota() -> Schema:
    """Describe a quota."""
    counted = {"oneOf": [{"required": ["answers"]}, {"required": ["asks"]}]}
    return record({"answers": COUNT, "asks": COUNT, "per": PER}) | counted


def questionnaire() -> Schema:
    """Describe a questionnaire."""
    ends = list_of(record({"title": TEXT, "text": TEXT, "if": ref("answers_condition")}, ["title"]))
    questions: Schema = {"type": "array", "items": ref("question"), "minItems": 1}
    return record({"title": TEXT, "questions": questions, "ends": ends}, ["questions"])


def question() -> Schema:
    """Describe a question of any type; which keys fit which type is checked by `tactful check`."""
    extra: Schema = {"anyOf": [FLAG, TEXT]}
    options: Schema = {
        "anyOf": [
            {"type": "array", "items": record({"id": ID, "text": TEXT}, ["id", "text"]), "minItems": 1},
            map_of(TEXT),
        ],
        "description": "A list of {id, text}, or for short a map from id to text",
    }
    properties: dict[str, Schema] = {
        "id": ID,
        "type": words(QUESTION_TYPES),
        "text": TEXT,
        "help": TEXT,
        "required": FLAG,
        "if": ref("answers_condition"),
        "low": {**TEXT, "description": "What the lowest value means"},
        "high": {**TEXT, "description": "What the highest value means"},
        "style": words(STYLES),
        "options": options,
        "other": {**extra, "description": "An option with a text of one's own: true, or what it is called"},
        "none": {**extra, "description": "An option that excludes all others: true, or what it is called"},
        "shuffle": FLAG,
        "min": {"type": "integer", "minimum": 0},
        "max": COUNT,
        "long": FLAG,
        "max_length": {"type": "integer", "minimum": 1, "maximum": TEXT_MAX_LENGTH},
        "placeholder": TEXT,
    }
    return record(properties, ["id", "type", "text"])
