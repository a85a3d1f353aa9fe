"""What an attribute can be at all: by the JSON Schema of a param, by the type of a question, or since we set it.

Each set may be too large, so that what is called impossible is. Python's own types behind JSON's (a text that is an
Enum) count as `others`, since no operator takes them for a text.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from tactful_rules.conditions.operators import is_number
from tactful_rules.conditions.sets import ranges
from tactful_rules.conditions.sets.ranges import Ranges
from tactful_rules.conditions.sets.texts import Texts
from tactful_rules.conditions.sets.values import ANY, MISSING, Domain, Values, of_test
from tactful_rules.model.attributes import RESERVED_ROOTS
from tactful_rules.model.condition import Operand, Operator, Test
from tactful_rules.model.questionnaire import SCALES, Question
from tactful_rules.model.touchpoint import Touchpoint


def _where(op: Operator, operand: Operand) -> Values:
    return of_test(Test("", op, operand), holds=True)


_TEXT: Final = Values(texts=Texts())
_COUNT: Final = replace(_where("at_least", 0), whole=True)
_MAYBE_TEXT: Final = replace(_TEXT, missing=True, others=True)
_BUILT_IN: Final[dict[str, Values]] = {
    "person.id": _TEXT,
    # A bot is turned away before any rule is looked at.
    "device.type": replace(_where("is_not", "bot"), missing=True, others=True),
    **dict.fromkeys(("device.os", "device.browser"), _MAYBE_TEXT),
    **dict.fromkeys(("page.url", "page.path", "page.referrer", "page.title", "page.locale"), _MAYBE_TEXT),
    "now.hour": replace(_where("between", (0, 23)), whole=True),
    "now.weekday": _where("in", ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    "now.date": _TEXT,
    **dict.fromkeys(("history.asks", "history.answers", "history.dismissals"), _COUNT),
    **dict.fromkeys(("history.days_since_asked", "history.days_since_answered"), replace(_COUNT, missing=True)),
}
_BOUNDS: Final[dict[str, Operator]] = {
    "minimum": "at_least",
    "maximum": "at_most",
    "exclusiveMinimum": "more_than",
    "exclusiveMaximum": "less_than",
}


def of_touchpoint(touchpoint: Touchpoint) -> Domain:
    """Give what each attribute can be when rules are looked at there; a param that is not declared is missing."""
    params = {path: of_schema(schema) for path, schema in touchpoint.params.items()}

    def find(name: str) -> Values:
        if name in params:
            return params[name]
        return _BUILT_IN.get(name, ANY) if name.partition(".")[0] in RESERVED_ROOTS else MISSING

    return find


def of_schema(schema: dict[str, Any]) -> Values:
    """Give what a param with this JSON Schema can be, as far as `type`, `enum`, `const` and the bounds tell."""
    found = _of_type(schema.get("type"))
    if "const" in schema:
        found = found.meet(_among([schema["const"]]))
    if isinstance(schema.get("enum"), list):
        found = found.meet(_among(schema["enum"]))
    for keyword, op in _BOUNDS.items():
        if is_number(schema.get(keyword)):
            found = replace(found, numbers=ranges.meet(found.numbers, _where(op, schema[keyword]).numbers))
    return found.meet(ANY)


def of_question(question: Question) -> Values:
    """Give what an answer can be for the conditions behind it; it may always be missing."""
    if question.type in SCALES:
        return replace(_where("between", SCALES[question.type]), missing=True, whole=True)
    if question.type == "multi":
        return Values(missing=True, lists=frozenset())
    if question.type == "single":
        words = [option.id for option in question.options]
        words += ["none"] * (question.none is not None) + ["other"] * (question.other is not None)
        return Values(missing=True, texts=Texts(frozenset(words)) if words else None)
    return replace(_TEXT, missing=True)


def _of_type(declared: object) -> Values:
    names = {declared} if isinstance(declared, str) else set(declared) if isinstance(declared, list) else None
    if names is None:
        return ANY
    numbers: Ranges = ranges.EVERY if names & {"number", "integer"} else ranges.NONE
    return Values(
        missing=True,
        others=True,
        booleans=ANY.booleans if "boolean" in names else frozenset(),
        numbers=numbers,
        texts=Texts() if "string" in names else None,
        lists=frozenset() if "array" in names else None,
        whole="integer" in names and "number" not in names,
    )


def _among(values: list[Any]) -> Values:
    scalars = tuple(value for value in values if isinstance(value, (bool, int, float, str)))
    found = replace(_where("in", scalars), missing=True, others=True)
    return replace(found, lists=frozenset()) if any(isinstance(value, list) for value in values) else found
