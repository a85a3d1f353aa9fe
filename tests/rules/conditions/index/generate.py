"""Draws conditions and events that meet: few attributes, few values, every operator, every nesting, every odd type."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from random import Random
from typing import Any

from tactful_rules.conditions import ANYTHING
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Operand, Test


class Size(enum.Enum):
    SMALL = "x"


class Level(enum.IntEnum):
    ONE = 1


class Name(str):
    """A text that is none to the operators."""

    __slots__ = ()


class Float64(float):
    """What NumPy's scalar is: a float by inheritance, of a type of its own, with its own comparisons."""

    def __eq__(self, other: object) -> Any:
        return [float(self) == other]

    __hash__ = None  # type: ignore[assignment]  # as hostile as can be


NAMES = ("a", "b", "c", "d")
TEXTS = ("", "x", "y", "xy", "xyz", "yx", "上海", "1", "true")
MOMENTS = ("2026-11-22", "2026-11-22T00:00:00Z", "2026-11-22T10:00+02:00", "2026-11-23", "2026-13-01", "1970-01-01")
VERSIONS = ("1.2.0", "1.2", "v2", "1.10.0", "1.2.0-rc.1", "0.9", "1.2.0+build")
NUMBERS = (0, 1, -1, 2, 2.5, 1.0, 10, 10**30, 2**63, -0.0, 1e300, math.inf, -math.inf)
SCALARS: tuple[bool | int | float | str, ...] = (*TEXTS, *MOMENTS, *VERSIONS, *NUMBERS, True, False, math.nan)
ODD: tuple[Any, ...] = (
    dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 22, 9),  # noqa: DTZ001 - one without a zone is the point
    dt.date(2026, 11, 22),
    decimal.Decimal("2.5"),
    uuid.UUID(int=1),
    Size.SMALL,
    Level.ONE,
    Name("x"),
    Float64(1.0),
    1j,
    b"x",
    {"x": 1},
    {},
    object(),
    bytearray(b"x"),
    float,
    "\ud800",
    "x" * 300,
    1 << 5000,
)
LISTS: tuple[Any, ...] = (
    [], ["x"], ["x", "y"], [1], [True], [1.0, "x"], (), ("xy", 2.5), {"x", 1}, frozenset({"y"}), [["x"]], [None],
    [math.nan], [Size.SMALL, "x"], [Float64(1.0)], [{"x": 1}], ["2026-11-22", False], [10**30], ["xyz"] * 3,
)  # fmt: skip
VALUES: tuple[Any, ...] = (*SCALARS, *SCALARS, *ODD, *LISTS, *LISTS, None, None, None, None)

_LIKELY: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("at_least", "at_most", "more_than", "less_than"), NUMBERS),
    **dict.fromkeys(("before", "after"), MOMENTS),
    **dict.fromkeys(("version_at_least", "version_below"), VERSIONS),
    **dict.fromkeys(("starts_with", "ends_with", "contains", "matches"), TEXTS),
    "exists": (True, False),
}
_SEVERAL = frozenset({"in", "not_in", "contains_any", "contains_all"})


class Drawing:
    """Draws by a seed: the same seed, the same conditions and events."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def conditions(self, most: int) -> list[Condition | None]:
        """Draw the conditions of one to `most` rules."""
        return [self._condition() for _ in range(self._random.randint(1, most))]

    def event(self, *, hidden: bool = False) -> dict[str, Any]:
        """Draw the values of all attributes; with `hidden` some may be anything."""
        random = self._random
        values = {name: random.choice(VALUES) for name in NAMES}
        if hidden:
            values |= {name: ANYTHING for name in NAMES if random.random() < 0.3}
        return values

    def _condition(self) -> Condition | None:
        random = self._random
        chance = random.random()
        if chance < 0.02:
            return None
        if chance < 0.6:
            return All(tuple(self._part(1) for _ in range(random.randint(0, 4))))
        return self._part(4)

    def _part(self, depth: int) -> Condition:
        chance = self._random.random()
        if depth == 0 or chance < 0.6:
            return self._test()
        if chance < 0.75:
            return Not(self._part(depth - 1))
        parts = tuple(self._part(depth - 1) for _ in range(self._random.randint(0, 3)))
        return All(parts) if chance < 0.87 else AnyOf(parts)

    def _test(self) -> Test:
        random = self._random
        op = random.choice(OPERATORS)
        operand: Operand
        if random.random() < 0.06 and op != "matches":
            operand = random.choice((random.choice(SCALARS), self._some(SCALARS)))
        elif op in _SEVERAL:
            operand = self._some(SCALARS)
        elif op == "between":
            operand = (random.choice(NUMBERS), random.choice(NUMBERS))
        else:
            operand = random.choice(_LIKELY.get(op, SCALARS))
        return Test(random.choice(NAMES), op, operand)

    def _some(self, values: tuple[bool | int | float | str, ...]) -> tuple[bool | int | float | str, ...]:
        return tuple(self._random.choice(values) for _ in range(self._random.randint(0, 4)))
