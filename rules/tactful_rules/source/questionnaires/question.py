"""Reads one question; which keys it may have depends on its type."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tactful_rules.model.questionnaire import (
    LATER_QUESTION_TYPES,
    QUESTION_TYPES,
    TEXT_MAX_LENGTH,
    Option,
    Question,
    QuestionType,
)
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.scalars import (
    read_count,
    read_flag,
    read_id,
    read_text,
    read_word,
)
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence, describe
from tactful_rules.source.sections.context import Context
from tactful_rules.source.when.read import GROUPS, ConditionReader

Style: TypeAlias = Literal["numbers", "stars", "emoji"]
STYLES: tuple[Style, ...] = ("numbers", "stars", "emoji")
COMMON_KEYS = ("id", "type", "text", "help", "required", "if")
TYPE_KEYS: dict[QuestionType, tuple[str, ...]] = {
    "nps": ("low", "high"),
    "csat": ("low", "high", "style"),
    "ces": ("low", "high"),
    "single": ("options", "other", "none", "shuffle"),
    "multi": ("options", "other", "none", "shuffle", "min", "max"),
    "text": ("long", "max_length", "placeholder"),
}
OPTION_KEYS = ("id", "text")
ALL_KEYS = tuple(dict.fromkeys([*COMMON_KEYS, *(key for keys in TYPE_KEYS.values() for key in keys)]))
OPTIONS_HINT = "write `- {id: taste, text: Taste}` for each, or for short a map `{taste: Taste, price: Price}`"
_RESERVED = {"other": "what `other: true` adds", "none": "what `none: true` adds"}


def read_question(context: Context, node: Node, conditions: ConditionReader) -> Question | None:
    """Read one question; None when its id or type is unusable."""
    report = context.report
    fields = read_fields(report, node, "a question", ALL_KEYS)
    name = _read_name(context, fields)
    kind = _read_type(context, fields)
    text = read_text(report, fields.require("text"), "`text`")
    if kind is not None:
        _check_keys(context, fields, kind)
    condition = conditions.read(fields.get("if"), "`if`")
    options = _read_options(context, fields, kind)
    low, high = _read_limits(context, fields, options)
    question = Question(
        id=name or "",
        type=kind or "text",
        text=text,
        help=read_text(report, fields.get("help"), "`help`"),
        required=read_flag(report, fields.get("required"), "`required`") or False,
        condition=condition,
        options=options,
        other=_read_extra(context, fields, "other"),
        none=_read_extra(context, fields, "none"),
        shuffle=read_flag(report, fields.get("shuffle"), "`shuffle`") or False,
        min=low,
        max=high,
        low=read_text(report, fields.get("low"), "`low`"),
        high=read_text(report, fields.get("high"), "`high`"),
        style=read_word(report, fields.get("style"), "`style`", STYLES) or "numbers",
        long=read_flag(report, fields.get("long"), "`long`") or False,
        max_length=_read_max_length(context, fields),
        placeholder=read_text(report, fields.get("placeholder"), "`placeholder`"),
    )
    return None if name is None or kind is None else question


def _read_name(context: Context, fields: Fields) -> str | None:
    name = read_id(context.report, fields.require("id"), "a question")
    node = fields.get("id")
    if name in GROUPS and node is not None:
        message = f"`{name}` joins conditions and can't name a question"
        context.report.error(node.at, "bad_id", message, "choose another word")
        return None
    return name


def _read_type(context: Context, fields: Fields) -> QuestionType | None:
    node = fields.require("type", f"one of {', '.join(QUESTION_TYPES)}")
    if isinstance(node, Scalar) and node.text in LATER_QUESTION_TYPES:
        message = f"this version has no questions of type `{node.text}` yet"
        context.report.error(node.at, "not_yet", message, f"one of {', '.join(QUESTION_TYPES)}")
        return None
    return read_word(context.report, node, "the type of a question", QUESTION_TYPES)


def _check_keys(context: Context, fields: Fields, kind: QuestionType) -> None:
    allowed = (*COMMON_KEYS, *TYPE_KEYS[kind])
    for key, _ in fields.entries():
        if key.text not in allowed:
            owners = [name for name, keys in TYPE_KEYS.items() if key.text in keys]
            message = f"a question of type `{kind}` has no `{key.text}`"
            context.report.error(key.at, "not_allowed", message, f"it belongs to {', '.join(owners)}")


def _read_options(context: Context, fields: Fields, kind: QuestionType | None) -> tuple[Option, ...]:
    if kind not in ("single", "multi"):
        return ()
    node = fields.require("options", OPTIONS_HINT)
    if node is None:
        return ()
    if isinstance(node, Scalar) or (isinstance(node, Sequence | Mapping) and not _parts(node)):
        context.report.error(node.at, "wrong_type", f"`options` can't be {describe(node)}", OPTIONS_HINT)
        return ()
    read = _short_options(context, node) if isinstance(node, Mapping) else _long_options(context, node)
    options: dict[str, Option] = {}
    for place, option in read:
        if option.id in options:
            message = f"an option `{option.id}` stands before already"
            context.report.error(place.at, "duplicate_id", message, "rename one of them")
        elif option.id in _RESERVED and option.id in fields:
            message = f"`{option.id}` is {_RESERVED[option.id]}"
            context.report.error(place.at, "duplicate_id", message, "rename the option")
        options.setdefault(option.id, option)
    return tuple(options.values())


def _parts(node: Sequence | Mapping) -> int:
    return len(node.items) if isinstance(node, Sequence) else len(node.entries)


def _short_options(context: Context, node: Mapping) -> list[tuple[Node, Option]]:
    read: list[tuple[Node, Option]] = []
    for name, key, value in context.ids(node, "an option"):
        read.append((key, Option(name, read_text(context.report, value, f"the option `{name}`"))))
    return read


def _long_options(context: Context, node: Sequence) -> list[tuple[Node, Option]]:
    read: list[tuple[Node, Option]] = []
    for item in node.items:
        if isinstance(item, Scalar):
            context.report.error(item.at, "wrong_type", "an option needs an id and a text", OPTIONS_HINT)
            continue
        fields = read_fields(context.report, item, "an option", OPTION_KEYS)
        name = read_id(context.report, fields.require("id"), "an option")
        text = read_text(context.report, fields.require("text"), "`text`")
        if name is not None:
            read.append((fields.get("id") or item, Option(name, text)))
    return read


def _read_extra(context: Context, fields: Fields, key: str) -> dict[str, str] | None:
    """Read `other` or `none`: a text for it, or `true` for the widget's own word."""
    node = fields.get(key)
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return {} if node.value else None
    return None if node is None else read_text(context.report, node, f"`{key}`")


def _read_limits(context: Context, fields: Fields, options: tuple[Option, ...]) -> tuple[int | None, int | None]:
    low = read_count(context.report, fields.get("min"), "`min`", least=0)
    high = read_count(context.report, fields.get("max"), "`max`")
    if low is not None and high is not None and low > high:
        context.report.error(fields.where("min"), "bad_range", f"`min` {low} is more than `max` {high}")
    choices = len(options) + ("other" in fields)
    if low is not None and options and low > choices:
        message = f"`min` asks for {low} choices, there are {choices}"
        context.report.error(fields.where("min"), "bad_range", message)
    return low, high


def _read_max_length(context: Context, fields: Fields) -> int | None:
    length = read_count(context.report, fields.get("max_length"), "`max_length`")
    if length is not None and length > TEXT_MAX_LENGTH:
        message = f"an answer has at most {TEXT_MAX_LENGTH} characters, not {length}"
        context.report.error(fields.where("max_length"), "out_of_range", message)
        return None
    return length
