"""Whole conditions as one expression of Python, which stops at the first part that settles it.

Only *is it true?* is asked. Kleene's `all` is true when every part is and false when one part is, so that a `not` is
carried down to the tests and nothing unknown has to be kept. An attribute is looked up once: what is known at a place
of the expression is what was surely looked up on the way to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec import Struct

from tactful_rules.conditions.compile import compile_condition
from tactful_rules.conditions.explain import tests_of
from tactful_rules.conditions.generated.tests import CALLED, reading_of, write_test
from tactful_rules.conditions.operators import RegexCompiler
from tactful_rules.conditions.possible import TRUE, compile_possible
from tactful_rules.model.condition import AnyOf, Condition, Not, Test

MOST_TESTS: Final = 64
"""A condition with more is evaluated by closures: compiling takes 20 µs a test, and much code is slow once."""
DEEPEST: Final = 12
"""So is one with more groups in each other: Python's own parser gives up at some two hundred brackets."""
Known: TypeAlias = frozenset[str]
"""The names of what was surely looked up, or read, on the way to a place."""


class Expression(Struct, frozen=True):
    """An expression, and what is known after it came out true, or false."""

    text: str
    if_true: Known
    if_false: Known


class Writer:
    """Writes expressions that share their values and their look-ups.

    With `possible`, an expression is true if the condition *may* be: `ANYTHING` may, and without `regex` so may every
    `matches`.
    """

    def __init__(self, regex: RegexCompiler | None, *, possible: bool) -> None:
        self.values: list[object] = []
        self._regex = regex
        self._possible = possible
        self._numbers: dict[str, int] = {}
        self._looks: list[str] = []

    def name(self, value: object) -> str:
        """Give the name under which the code will find a value."""
        self.values.append(value)
        return f"c{len(self.values) - 1}"

    def write(self, condition: Condition, known: Known) -> Expression:
        """Write when a condition is true, where some attributes are known already; one that does not fit is called."""
        return self._write(condition, True, known) if fits(condition) else self._call(condition, known)

    def _write(self, condition: Condition, holds: bool, known: Known) -> Expression:
        match condition:
            case Test():
                return self._test(condition, holds, known)
            case Not(part):
                return self._write(part, not holds, known)
        parts = sorted(condition.parts, key=_cost)
        return self._join(parts, holds, isinstance(condition, AnyOf) is not holds, known)

    def _join(self, parts: Iterable[Condition], holds: bool, every: bool, known: Known) -> Expression:
        """Join parts that must all hold, or of which one must."""
        texts: list[str] = []
        settled: Known | None = None
        for part in parts:
            written = self._write(part, holds, known)
            texts.append(written.text)
            known, ends = (written.if_true, written.if_false) if every else (written.if_false, written.if_true)
            settled = ends if settled is None else settled & ends
        if not texts:
            return Expression(str(every), known, known)
        text = "(" + (" and " if every else " or ").join(texts) + ")"
        settled = known if settled is None else settled
        return Expression(text, known, settled) if every else Expression(text, settled, known)

    def _test(self, test: Test, holds: bool, known: Known) -> Expression:
        if self._possible and test.op == "matches" and self._regex is None:
            return Expression("True", known, known)
        written = write_test(test, holds, self._regex, self.name)
        if written is None and not (self._possible and test.op != "exists"):
            return Expression("False", known, known)
        number = self._numbers.setdefault(test.attribute, len(self._numbers))
        if number == len(self._looks):
            self._looks.append(f"lookup({self.name(test.attribute)})")
        kind, value, reading = f"k{number}", f"v{number}", reading_of(test)
        after = known | {kind}
        first = kind if kind in known else f"({kind} := type({value} := {self._looks[number]}))"
        if written is None:
            text = f"{first} is anything"
        elif reading is None:
            text = written.format(kind=first, again=kind, value=value)
        else:
            read = f"{reading}{number}"
            after |= {read}
            first_read = read if read in known else f"({read} := {reading}({value}))"
            looked = "" if kind in known else f"{first} is not never and "  # always so: what follows is always read
            text = looked + written.format(read=first_read, reread=read)
        if self._possible and written is not None:
            text = f"{text} or {kind} is anything"
        return Expression(f"({text})", after, after)

    def _call(self, condition: Condition, known: Known) -> Expression:
        if self._possible:
            return Expression(
                f"{self.name(compile_possible(condition, self._regex))}(lookup) & {TRUE} != 0", known, known
            )
        return Expression(f"{self.name(compile_condition(condition, self._regex))}(lookup) is True", known, known)


def fits(condition: Condition) -> bool:
    """Tell whether a condition is small enough to be written."""
    return _height(condition) <= DEEPEST and sum(1 for _ in tests_of(condition)) <= MOST_TESTS


def _height(condition: Condition) -> int:
    match condition:
        case Test():
            return 0
        case Not(part):
            return 1 + _height(part)
    return 1 + max(map(_height, condition.parts), default=0)


def _cost(part: Condition) -> tuple[int, int]:
    """Give what puts first the parts that cost little: nobody sees the order."""
    tests = list(tests_of(part))
    return sum(test.op in CALLED for test in tests), len(tests)
