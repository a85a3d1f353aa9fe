"""The ways in which a condition can be true: each a conjunction of tests that come out true or false.

Kleene's `all` is true when every part is and false when one part is, whatever is unknown beside it, so De Morgan's laws
carry a `not` down to the tests exactly. What has too many ways counts as what its user can bear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Operator, Test

Leaf: TypeAlias = tuple[Test, bool]
"""A test, and whether it comes out true or false."""
Leaves: TypeAlias = tuple[Leaf, ...]


class Spreading(Struct, frozen=True):
    """How conditions are taken apart.

    A part with more than `most` ways, or with ways of more than `longest` tests, counts as having those of `overflow`:
    one that always holds to err on the side of true, none to err on the other. `rewrite` gives a test as a condition
    that is true and false where it is, or the test itself, for the operators that it has.
    """

    most: int
    longest: int
    overflow: tuple[Leaves, ...]
    rewrite: Mapping[Operator, Callable[[Test], Condition]]

    def ways(self, condition: Condition | None) -> list[Leaves]:
        """Give the ways of a condition; None always holds."""
        return [()] if condition is None else self._spread(condition, True)

    def _spread(self, condition: Condition, holds: bool) -> list[Leaves]:
        if isinstance(condition, (All, AnyOf)):
            return (self._multiply if isinstance(condition, All) is holds else self._add)(condition.parts, holds)
        if isinstance(condition, Not):
            return self._spread(condition.part, not holds)
        rewrite = self.rewrite.get(condition.op)
        written = condition if rewrite is None else rewrite(condition)
        return [((condition, holds),)] if written is condition else self._spread(written, holds)

    def _multiply(self, parts: tuple[Condition, ...], holds: bool) -> list[Leaves]:
        ways: list[list[Leaf]] = [[]]
        longest = 0
        for part in parts:
            test, verdict = (part.part, not holds) if type(part) is Not else (part, holds)
            if type(test) is Test and test.op not in self.rewrite and longest < self.longest:
                longest += 1
                for way in ways:
                    way.append((test, verdict))
            else:
                option = self._spread(test, verdict)
                length = max(map(len, option), default=0)
                fits = len(ways) * len(option) <= self.most and longest + length <= self.longest
                longest += length if fits else 0
                ways = [[*way, *more] for way in ways for more in (option if fits else self.overflow)]
        return [tuple(way) for way in ways]

    def _add(self, parts: tuple[Condition, ...], holds: bool) -> list[Leaves]:
        ways = [way for part in parts for way in self._spread(part, holds)]
        return ways if len(ways) <= self.most else list(self.overflow)
