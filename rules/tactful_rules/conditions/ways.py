"""The ways in which a condition can be true: each a conjunction of tests that come out true or false.

Kleene's `all` is true when every part is and false when one part is, whatever is unknown beside it, so De Morgan's laws
carry a `not` down to the tests exactly. What has too many ways counts as what its user can bear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

Leaf: TypeAlias = tuple[Test, bool]
"""A test, and whether it comes out true or false."""
Leaves: TypeAlias = tuple[Leaf, ...]


class Spreading(Struct, frozen=True):
    """How conditions are taken apart.

    A part with more than `most` ways, or with ways of more than `longest` tests, counts as having those of `overflow`:
    one that always holds to err on the side of true, none to err on the other. `rewrite` gives a test as a condition
    that is true and false where it is, or the test itself.
    """

    most: int
    longest: int
    overflow: tuple[Leaves, ...]
    rewrite: Callable[[Test], Condition]

    def ways(self, condition: Condition | None) -> list[Leaves]:
        """Give the ways of a condition; None always holds."""
        return [()] if condition is None else self._spread(condition, True)

    def _spread(self, condition: Condition, holds: bool) -> list[Leaves]:
        match condition:
            case Not(part):
                return self._spread(part, not holds)
            case Test():
                written = self.rewrite(condition)
                return [((condition, holds),)] if written is condition else self._spread(written, holds)
            case All(parts) | AnyOf(parts):
                options = [self._spread(part, holds) for part in parts]
                return self._multiply(options) if isinstance(condition, All) is holds else self._add(options)

    def _multiply(self, options: list[list[Leaves]]) -> list[Leaves]:
        ways: list[Leaves] = [()]
        longest = 0
        for option in options:
            length = len(option[0]) if len(option) == 1 else max(map(len, option), default=0)
            fits = len(ways) * len(option) <= self.most and longest + length <= self.longest
            longest += length if fits else 0
            if fits and len(option) == 1 == len(ways):
                ways[0] += option[0]
            else:
                ways = [(*way, *more) for way in ways for more in (option if fits else self.overflow)]
        return ways

    def _add(self, options: list[list[Leaves]]) -> list[Leaves]:
        ways = [way for option in options for way in option]
        return ways if len(ways) <= self.most else list(self.overflow)
