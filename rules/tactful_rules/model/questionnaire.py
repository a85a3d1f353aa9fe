"""Questionnaires: questions, options and end screens, with texts by locale."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct, field

from tactful_rules.model.condition import Condition
from tactful_rules.model.touchpoint import Text

QuestionType = Literal["nps", "csat", "ces", "single", "multi", "text"]
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
LATER_QUESTION_TYPES = (
    "rating",
    "dropdown",
    "ranking",
    "matrix",
    "number",
    "date",
    "email",
    "consent",
    "statement",
)
"""Types the design names whose machinery is not built yet: the loader refuses them by name."""

SCALES: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
"""Lowest and highest value of each scale, both included."""

OTHER_MAX_LENGTH = 500
TEXT_MAX_LENGTH = 4_000
"""Longest answer to a text question in characters, unless the question says less."""


class Option(Struct, frozen=True):
    """One choice; the answer is its `id`."""

    id: str
    text: Text


class Question(Struct, frozen=True, omit_defaults=True):
    """One question.

    `options`, `other`, `none`, `shuffle` belong to `single` and `multi`; `min` and `max` (how many choices) to
    `multi`; `low` and `high` (what the ends of the scale mean) to scales; `style` to `csat`; `long`, `max_length`
    and `placeholder` to `text`. `condition` (`if` in the file) is over earlier answers and params.
    """

    id: str
    type: QuestionType
    text: Text
    help: Text = {}
    required: bool = False
    condition: Condition | None = field(default=None, name="if")
    options: tuple[Option, ...] = ()
    other: Text | None = None
    none: Text | None = None
    shuffle: bool = False
    min: int | None = None
    max: int | None = None
    low: Text = {}
    high: Text = {}
    style: Literal["numbers", "stars", "emoji"] = "numbers"
    long: bool = False
    max_length: int | None = None
    placeholder: Text = {}


class End(Struct, frozen=True, omit_defaults=True):
    """A closing screen; the first whose condition is true is shown."""

    title: Text
    text: Text = {}
    condition: Condition | None = field(default=None, name="if")


class Questionnaire(Struct, frozen=True, omit_defaults=True):
    """What is asked: questions in order, then the first end screen that fits."""

    id: str
    questions: tuple[Question, ...]
    title: Text = {}
    ends: tuple[End, ...] = ()
