"""The small shapes that the language is made of: ids, durations, texts, closed lists of words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.ids import ID_MAX_LENGTH, ID_PATTERN

Schema: TypeAlias = dict[str, Any]

ID: Schema = {"type": ["string", "integer"], "pattern": f"^{ID_PATTERN}$", "maxLength": ID_MAX_LENGTH}
SPAN: Schema = {"type": "string", "pattern": "^[0-9]{1,9}[smhdw]$", "description": "90s, 30m, 4h, 7d or 2w"}
SHARE: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]+)? ?%$"},
        {"type": "number", "minimum": 0, "maximum": 1},
    ],
    "description": "25%",
}
PER: Schema = {"anyOf": [SPAN, {"enum": ["day", "week", "month"]}], "description": "30d, or day, week, month"}
MOMENT: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}", "description": "2026-11-22, or RFC 3339"}
STRING: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 1}
TEXT: Schema = {
    "anyOf": [STRING, {"type": "object", "additionalProperties": STRING, "minProperties": 1}],
    "description": "A text, or a map from language to text: {en: Hello, zh-CN: 你好}",
}


def ref(name: str) -> Schema:
    """Give a reference to one of the schema's definitions."""
    return {"$ref": f"#/$defs/{name}"}


def words(choices: Iterable[str], description: str = "") -> Schema:
    """Give one of a closed list of words."""
    return {"enum": list(choices), **({"description": description} if description else {})}


def one_or_more(item: Schema) -> Schema:
    """Give a thing, or a list of them."""
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def record(properties: dict[str, Schema], required: Iterable[str] = (), description: str = "") -> Schema:
    """Give a map with these keys and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    needed = list(required)
    return schema | ({"required": needed} if needed else {}) | ({"description": description} if description else {})


def map_of(item: Schema, description: str = "") -> Schema:
    """Give a map from id to `item`."""
    names = {"pattern": f"^{ID_PATTERN}$", "maxLength": ID_MAX_LENGTH}
    schema: Schema = {"type": ["object", "null"], "propertyNames": names, "additionalProperties": item}
    return schema | ({"description": description} if description else {})


def list_of(item: Schema, description: str = "") -> Schema:
    """Give a list of `item`."""
    schema: Schema = {"type": ["array", "null"], "items": item}
    return schema | ({"description": description} if description else {})


def ids_of(folder: SurveyFolder | None) -> dict[str, Schema]:
    """Give the definitions of what an id may refer to; with a folder, its ids as enums."""
    if folder is None:
        return dict.fromkeys(("stage", "owner", "touchpoint", "questionnaire", "channel", "rule"), ID)
    ruleset = folder.ruleset
    known: dict[str, list[str]] = {
        "stage": [stage.stage for stage in ruleset.journey],
        "owner": list(folder.owners),
        "touchpoint": list(ruleset.touchpoints),
        "questionnaire": list(ruleset.questionnaires),
        "channel": list(ruleset.channels),
        "rule": [rule.id for rule in ruleset.rules],
    }
    return {kind: {"enum": names} if names else ID for kind, names in known.items()}
