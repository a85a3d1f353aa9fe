"""The index over many conditions: which of them may be true of an event, found without walking them.

The scheme is that of the percolators of search engines, a superset filter before an exact check, over bitmaps. Each way
in which a condition can be true (a conjunction, as in Whang et al., "Indexing Boolean Expressions", PVLDB 2(1), 2009)
has a bit, each attribute a table from value to mask, and the masks of an event's values are ANDed. In CPython one AND
of ten thousand bits takes 0.1 µs, less than any walk of posting lists.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tactful_rules.conditions.compile import Lookup
from tactful_rules.conditions.index.column import Column, ColumnDraft, Noted
from tactful_rules.conditions.index.demand import KindedLeaf
from tactful_rules.conditions.index.masks import Allowance, Mask, Packer, mask_of
from tactful_rules.conditions.possible import ANYTHING
from tactful_rules.conditions.ways import Leaves, Spreading
from tactful_rules.model.condition import All, Condition, Test


class Limits(Struct, frozen=True):
    """What bounds an index's memory; beyond them it lets more through to the exact check, or looks longer.

    With 10,000 bits a mask takes 1.3 KB, so that either kind of mask takes 1.4 MB at most. Where conditions have
    several ways each, there are fewer masks, since each has more bits. What a condition with too many ways, or too many
    values, demands is left out, of the conditions that come last; up to 10,000 conditions no index takes more than
    some 10 MB.
    """

    columns: int = 128
    """How many attributes have one; of more, those that the fewest conditions test have none."""
    masks: int = 1024
    """How many values have a mask of their own, the most shared first; the others list their bits."""
    slots: int = 768
    """How many slots all ranges have together, those that want few before those that want many."""
    ways: int = 3
    """How many ways more than one conditions may have on average, beside `MOST_EXTRA`."""
    listed: int = 4_000_000
    """How many bytes all values may take that conditions list."""

    def scaled(self, conditions: int, ways: int) -> Limits:
        """Give the limits for so many conditions with so many ways in all, a quarter of these at least."""
        share = max(0.25, conditions / max(ways, 1))
        if share >= 1:
            return self
        return replace(self, masks=int(self.masks * share), slots=int(self.slots * share))


DEFAULT_LIMITS: Final = Limits()
MOST_WAYS: Final = 16
"""A part of a condition that has more is left to the exact check: each way takes a bit in every mask."""
MOST_EXTRA: Final = 1024
"""So many ways more than one all conditions may have together, however few they are."""
WORTH_CLOSENESS: Final = 4
"""With more bits left, a closer look at merged slots takes less time than checking what they stand for."""


class Index:
    """Says which of many conditions may be true; what it leaves out is certainly not, what it gives is to be checked.

    It never changes, so threads and tasks may share it.
    """

    __slots__ = ("_merged", "_owners", "columns", "everything")

    def __init__(self, columns: tuple[Column, ...], owners: tuple[int, ...]) -> None:
        self.columns = columns
        self._merged = tuple(column for column in columns if column.fine)
        self.everything: Mask = (1 << len(owners)) - 1
        self._owners = owners

    def possible(self, lookup: Lookup) -> Mask:
        """Give the mask of what may be true with these values; 0 if nothing can."""
        mask = self.everything
        for column in self.columns:
            value = lookup(column.attribute)
            if value is not ANYTHING:
                mask &= column.kinds.get(type(value), column.odd)(value)
                if not mask:
                    break
        return mask

    def mask(self, places: Iterable[int]) -> Mask:
        """Give the mask that stands for the conditions at some places."""
        wanted = set(places)
        return mask_of((bit for bit, place in enumerate(self._owners) if place in wanted), len(self._owners))

    def after(self, place: int) -> Mask:
        """Give the mask of all conditions after a place."""
        end = bisect_right(self._owners, place)
        return self.everything >> end << end

    def places(self, mask: Mask, lookup: Lookup) -> Iterator[int]:
        """Yield the places of what `possible` left with these values, in the order of the conditions, each once."""
        mask = self.narrow(mask, lookup)
        while mask:
            place, mask = self.take(mask)
            yield place

    def take(self, mask: Mask) -> tuple[int, Mask]:
        """Give the first place of a mask that is not 0, and the mask of the places after it."""
        lowest = mask & -mask
        bit = lowest.bit_length()
        place = self._owners[bit - 1]
        if self._owners[bit : bit + 1] == (place,):  # it has further ways of being true
            end = bisect_right(self._owners, place, bit)
            return place, mask >> end << end
        return place, mask ^ lowest

    def narrow(self, mask: Mask, lookup: Lookup) -> Mask:
        """Take out what merged slots let through, if so much is left that checking it would take longer."""
        for column in self._merged if mask.bit_count() > WORTH_CLOSENESS else ():
            value = lookup(column.attribute)
            find = column.fine.get(type(value))
            if find is not None:
                mask &= find(value)
        return mask


def _by_end(test: Test) -> Condition:
    """Take `between` apart, since what lies outside of it is two ranges."""
    if not isinstance(test.value, tuple) or len(test.value) != 2:
        return test
    low, high = test.value
    return All((Test(test.attribute, "at_least", low), Test(test.attribute, "at_most", high)))


_SPREADING: Final = Spreading(most=MOST_WAYS, longest=2**31, overflow=((),), rewrite={"between": _by_end})
_ANY_WAY: Final[list[Leaves]] = [()]


def build_index(
    conditions: Sequence[Condition | None],
    known: Callable[[str], bool] = lambda attribute: True,
    limits: Limits = DEFAULT_LIMITS,
) -> Index:
    """Build the index over conditions in their order; None is always true.

    Attributes that are never `known` take no room: with them anything is possible.
    """
    owners: list[int] = []
    noted: defaultdict[str, Noted] = defaultdict(lambda: defaultdict(list))
    extra = MOST_EXTRA + limits.ways * len(conditions)
    for place, condition in enumerate(conditions):
        ways = _SPREADING.ways(condition)
        if len(ways) - 1 > extra:
            ways = _ANY_WAY
        extra -= max(len(ways) - 1, 0)
        for way in ways:
            for attribute, leaves in _by_attribute(way).items():
                noted[attribute][leaves].append(len(owners))
            owners.append(place)
    tested = sorted(filter(known, noted), key=lambda attribute: -sum(map(len, noted[attribute].values())))
    allowance = Allowance(limits.listed)
    drafts = [ColumnDraft(attribute, noted.pop(attribute), allowance) for attribute in tested[: limits.columns]]
    return Index(_columns(drafts, len(owners), limits.scaled(len(conditions), len(owners))), tuple(owners))


def _by_attribute(way: Leaves) -> dict[str, tuple[KindedLeaf, ...]]:
    """Give the leaves of a way by attribute, as the key under which equal ones of many ways are noted."""
    found: dict[str, tuple[KindedLeaf, ...]] = {}
    for test, verdict in way:
        attribute, operand = test.attribute, test.value
        leaf = (test, verdict, tuple(map(type, operand)) if type(operand) is tuple else type(operand))
        found[attribute] = (*found[attribute], leaf) if attribute in found else (leaf,)
    return found


def _columns(drafts: list[ColumnDraft], size: int, limits: Limits) -> tuple[Column, ...]:
    """Make the columns, the one that leaves the least first."""
    packer = Packer(size, _rare(Counter(len(bits) for draft in drafts for bits in draft.sets()), limits.masks))
    slots = _fair([wanted for draft in drafts for wanted in draft.slots()], limits.slots)
    columns = [draft.pack(packer, slots) for draft in drafts]
    return tuple(sorted(columns, key=lambda column: column.left))


def _rare(lengths: Counter[int], left: int) -> int:
    """Give the number of bits up to which a set gets no mask, so that no more than `left` larger ones do."""
    for length in sorted(lengths, reverse=True):
        left -= lengths[length]
        if left < 0:
            return length
    return 0


def _fair(wanted: list[int], total: int) -> int:
    """Give the most that each may have for all to have no more than `total`: who wants little leaves it to others."""
    left = total
    for place, wish in enumerate(sorted(wanted)):
        fair = left // (len(wanted) - place)
        if wish > fair:
            return max(fair, 1)
        left -= wish
    return total
