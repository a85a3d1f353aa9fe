"""The set of values one attribute may have, by kind: a test judges each kind by itself, and is unknown of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tactful_rules.conditions.operators import is_number
from tactful_rules.conditions.sets import ranges, texts
from tactful_rules.conditions.sets.ranges import Ranges
from tactful_rules.conditions.sets.texts import Texts
from tactful_rules.model.condition import Operand, Operator, Test

Member: TypeAlias = tuple[str, Operand, bool]
"""Kind and value of an item, and whether a list has it."""
_BOTH: Final = frozenset({False, True})
_OPPOSITE: Final[dict[Operator, Operator]] = {"is_not": "is", "not_in": "in", "version_below": "version_at_least"}


class Values(Struct, frozen=True):
    """A set of values: of each kind those that belong to it. It may be too large and is never too small.

    `others` are values that no operator but `exists` can judge, such as maps, NaN, and a host's own types. `texts` and
    `lists` are None when there are none. With `whole`, numbers are whole.
    """

    missing: bool = False
    others: bool = False
    booleans: frozenset[bool] = frozenset()
    numbers: Ranges = ranges.NONE
    texts: Texts | None = None
    lists: frozenset[Member] | None = None
    dates: Ranges = ranges.NONE
    whole: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything may be in it."""
        return bool(self.missing or self.others or self.booleans or self.numbers or self.dates) or not (
            self.texts is None and self.lists is None
        )

    def meet(self, other: Values) -> Values:
        """Give what is in both."""
        numbers, is_whole = ranges.meet(self.numbers, other.numbers), self.whole or other.whole
        return Values(
            missing=self.missing and other.missing,
            others=self.others and other.others,
            booleans=self.booleans & other.booleans,
            numbers=ranges.whole(numbers) if is_whole else numbers,
            texts=None if self.texts is None or other.texts is None else texts.meet(self.texts, other.texts),
            lists=None if self.lists is None or other.lists is None else _meet_lists(self.lists, other.lists),
            dates=ranges.meet(self.dates, other.dates),
            whole=is_whole,
        )

    def covers(self, inner: Values) -> bool:
        """Tell whether every value of `inner` is certainly in this set."""
        return (
            (self.missing or not inner.missing)
            and (self.others or not inner.others)
            and inner.booleans <= self.booleans
            and (not inner.numbers or ranges.includes(self._numbers_as_in(inner), inner.numbers))
            and (inner.texts is None or (self.texts is not None and texts.includes(self.texts, inner.texts)))
            and (inner.lists is None or (self.lists is not None and self.lists <= inner.lists))
            and (not inner.dates or ranges.includes(self.dates, inner.dates))
        )

    def _numbers_as_in(self, inner: Values) -> Ranges:
        return ranges.whole(self.numbers) if inner.whole and not self.whole else self.numbers

    def listed(self) -> list[tuple[str, object]] | None:
        """Give the values with their kinds if they can be listed, else None."""
        numbers = ranges.listed(self.numbers)
        if self.others or self.lists is not None or self.dates or numbers is None:
            return None
        words = frozenset() if self.texts is None else self.texts.listed
        if words is None:
            return None
        found: list[tuple[str, object]] = [("missing", None)] * self.missing
        found += [("boolean", value) for value in self.booleans]
        return [*found, *(("number", value) for value in numbers), *(("text", word) for word in words)]


Domain: TypeAlias = Callable[[str], Values]
"""Gives what an attribute can be at all, by its name."""

NOTHING: Final = Values()
MISSING: Final = Values(missing=True)
ANY: Final = Values(True, True, _BOTH, ranges.EVERY, Texts(), frozenset(), ranges.EVERY)
"""Every value there is, and none at all."""


def covered(inner: Values, parts: Sequence[Values]) -> bool:
    """Tell whether every value of `inner` is certainly in one of the parts."""
    united = Values(
        missing=any(part.missing for part in parts),
        others=any(part.others for part in parts),
        booleans=frozenset().union(*(part.booleans for part in parts)),
        numbers=ranges.join(part.numbers for part in parts),
        dates=ranges.join(part.dates for part in parts),
    )
    return (
        united.covers(replace(inner, texts=None, lists=None))
        and (inner.texts is None or _texts_covered(inner.texts, [part.texts for part in parts if part.texts]))
        and (inner.lists is None or any(part.lists is not None and part.lists <= inner.lists for part in parts))
    )


def _texts_covered(inner: Texts, parts: list[Texts]) -> bool:
    if any(texts.includes(part, inner) for part in parts):
        return True
    if inner.listed is None:
        return False
    single = (replace(inner, listed=frozenset({text})) for text in inner.listed)
    return all(any(texts.includes(part, one) for part in parts) for one in single)


def _meet_lists(left: frozenset[Member], right: frozenset[Member]) -> frozenset[Member] | None:
    few, many = sorted((left, right), key=len)  # neither contradicts itself
    return None if any((kind, item, not has) in many for kind, item, has in few) else left | right


def of_test(test: Test, *, holds: bool) -> Values:
    """Give the values of which a test is true, or false when not `holds`; `contains_any` and `_all` are not taken."""
    if test.op in _OPPOSITE:
        test, holds = Test(test.attribute, _OPPOSITE[test.op], test.value), not holds
    op, operand = test.op, test.value
    if op == "exists":
        if type(operand) is not bool:
            return NOTHING
        return MISSING if operand is not holds else replace(ANY, missing=False)
    if op == "is":
        return NOTHING if isinstance(operand, tuple) else _among((operand,), holds=holds)
    if op == "in":
        return _among(operand, holds=holds) if isinstance(operand, tuple) else NOTHING
    if op == "contains":
        return _containing(operand, holds=holds)
    if op in ("before", "after"):
        line = texts.line_of(op, operand, holds)
        return Values(texts=texts.of_fact(op, operand, holds), dates=line) if line else NOTHING
    if op in _NUMBERS:
        return Values(numbers=_numbers(op, operand, holds=holds))
    readable = bool(texts.line_of(op, operand, True)) if op == "version_at_least" else isinstance(operand, str)
    return Values(texts=texts.of_fact(op, operand, holds)) if readable else NOTHING


_NUMBERS: Final = frozenset({"at_least", "at_most", "more_than", "less_than", "between"})


def _among(items: tuple[Operand, ...], *, holds: bool) -> Values:
    booleans = frozenset(item for item in items if type(item) is bool)
    numbers = ranges.points(item for item in items if is_number(item))
    words = frozenset(item for item in items if type(item) is str)
    if holds:
        return Values(booleans=booleans, numbers=numbers, texts=Texts(words) if words else None)
    return Values(
        booleans=_BOTH - booleans if booleans else booleans,
        numbers=ranges.without(numbers) if numbers else numbers,
        texts=texts.of_fact("in", tuple(sorted(words)), False) if words else None,
    )


def _containing(operand: Operand, *, holds: bool) -> Values:
    if isinstance(operand, tuple):
        return NOTHING
    found = texts.of_fact("contains", operand, holds) if type(operand) is str else None
    kind = "boolean" if type(operand) is bool else "text" if type(operand) is str else "number"
    if operand != operand:  # no list has a NaN, since nothing equals it
        return Values(texts=found, lists=None if holds else frozenset())
    return Values(texts=found, lists=frozenset({(kind, operand, holds)}))


def _numbers(op: Operator, operand: Operand, *, holds: bool) -> Ranges:
    if op == "between":
        if not (isinstance(operand, tuple) and len(operand) == 2 and all(map(is_number, operand))):
            return ranges.NONE
        low, high = operand
        found = ranges.meet(ranges.above(low, included=True), ranges.below(high, included=True))
    elif not is_number(operand):
        return ranges.NONE
    elif op in ("at_least", "more_than"):
        found = ranges.above(operand, included=op == "at_least")
    else:
        found = ranges.below(operand, included=op == "at_most")
    return found if holds else ranges.without(found)
