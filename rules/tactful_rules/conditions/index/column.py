"""One attribute's part of the index: by the kind of its value, the function that gives the mask of what is possible.

Kinds are exact types, as in the operators: a boolean is no number, and whatever is of no kind is `odd`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from tactful_rules.conditions.index.demand import Demand, Lists, Scalars
from tactful_rules.conditions.index.masks import Mask, Packer, mask_of
from tactful_rules.conditions.index.tables import Affixes, Find, Keys, Points, Slots, find_lists, read_first
from tactful_rules.conditions.values import read_moment, read_version

_READ: Final[dict[str, Callable[[object], Any]]] = {"moment": read_moment, "version": read_version}
_LISTS: Final = (list, tuple, set, frozenset)


class Column:
    """An attribute, the functions for the kinds of its values, that for odd values, and how much they leave."""

    __slots__ = ("attribute", "kinds", "left", "odd")

    def __init__(self, attribute: str, kinds: dict[type, Find], odd: Find, left: float) -> None:
        self.attribute = attribute
        self.kinds = kinds
        self.odd = odd
        self.left = left
        """How many bits a value leaves, on average over the values that rules name."""

    def possible(self, value: object) -> Mask:
        """Give the bits still possible with this value, None being a missing one."""
        return self.kinds.get(type(value), self.odd)(value)


class _ScalarTables:
    """The tables for the numbers of an attribute, or for its texts."""

    __slots__ = ("ends", "points", "slots", "starts")

    def __init__(self, free: Mask, demands: list[tuple[int, Scalars | None]], size: int) -> None:
        anything = [bit for bit, scalars in demands if scalars is not None and scalars.only is None]
        self.points = Points(free | mask_of(anything, size))
        self.slots: dict[str, Slots] = {}
        self.starts, self.ends = Affixes(), Affixes()
        for bit, scalars in demands:
            if scalars is None:
                continue
            if scalars.only is not None:
                self.points.note(bit, scalars.only)
                continue
            self.points.note(bit, scalars.without)
            for ordered_as, within in scalars.ranges.items():
                self.slots.setdefault(ordered_as, Slots()).note(bit, within)
            if scalars.starts:
                self.starts.note(bit, (scalars.starts,))
            if scalars.ends:
                self.ends.note(bit, (scalars.ends,))

    def sets(self) -> Iterator[list[int]]:
        yield from self.points.sets()
        yield from self.starts.sets()
        yield from self.ends.sets()

    def pack(self, packer: Packer, most: int) -> tuple[Find, float]:
        full, size = (1 << packer.size) - 1, packer.size
        if not self.points and list(self.slots) == ["number"]:  # the usual case: one table does for both
            ranged = self.slots["number"]
            return ranged.pack(self.points.default & ~ranged.mask(size), most, size)
        found = [self.points.pack(packer)]
        for affixes, ends in ((self.starts, False), (self.ends, True)):
            if affixes:
                found.append(affixes.find(packer, full ^ affixes.mask(size), ends=ends))
        for ordered_as, slots in self.slots.items():
            unread = full ^ slots.mask(size)
            find, left = slots.pack(unread, most, size)
            read = _READ.get(ordered_as)
            found.append((find if read is None else read_first(read, find, unread), left))
        return _both([find for find, _ in found]), min(left for _, left in found)


def _both(finds: list[Find]) -> Find:
    """Give the function of what all of these leave."""
    first, *others = finds
    if not others:
        return first
    if len(others) == 1:
        second = others[0]
        return lambda value: first(value) & second(value)

    def find(value: Any) -> Mask:
        mask = first(value)
        for other in others:
            mask &= other(value)
        return mask

    return find


class ColumnDraft:
    """A column under construction: first it is known how many sets there are, then how they are best packed."""

    def __init__(self, attribute: str, demands: list[tuple[int, Demand]], size: int) -> None:
        self.attribute = attribute
        self._full = (1 << size) - 1
        self._demands = demands
        self._size = size
        self._free = self._full ^ mask_of((bit for bit, _ in demands), size)
        self._numbers = _ScalarTables(self._free, [(bit, demand.numbers) for bit, demand in demands], size)
        self._texts = _ScalarTables(self._free, [(bit, demand.texts) for bit, demand in demands], size)
        self._some, self._none = Keys(), Keys()
        self._lists = self._note_lists([(bit, demand.lists) for bit, demand in demands if demand.lists is not None])

    def _note_lists(self, demands: list[tuple[int, Lists]]) -> Mask:
        """Note the members that lists must have; of several wants the one that the fewest rules share."""
        shared = Counter(key for _, lists in demands for keys in lists.some for key in keys)
        anything = []
        for bit, lists in demands:
            self._none.note(bit, lists.none)
            if lists.some:
                self._some.note(bit, min(lists.some, key=lambda keys: sum(shared[key] for key in keys)))
            else:
                anything.append(bit)
        return self._free | mask_of(anything, self._size)

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits that will be packed."""
        for tables in (self._numbers, self._texts, self._some, self._none):
            yield from tables.sets()

    def ordered(self) -> int:
        """Give the number of tables that are cut into slots."""
        return len(self._numbers.slots) + len(self._texts.slots)

    def pack(self, packer: Packer, most_slots: int) -> Column:
        """Give the column, with no more slots to a table than that."""
        numbers, numbers_left = self._numbers.pack(packer, most_slots)
        texts, texts_left = self._texts.pack(packer, most_slots)
        lists = find_lists(self._some.pack(packer), self._none.pack(packer), self._lists)
        odd = _always(self._kind(lambda demand: demand.odd))
        booleans = {each: self._kind(lambda demand: each in demand.booleans) for each in (True, False)}  # noqa: B023
        kinds: dict[type, Find] = {
            str: texts,
            int: numbers,
            float: lambda value: numbers(value) if value == value else odd(value),
            bool: booleans.__getitem__,
            type(None): _always(self._kind(lambda demand: demand.missing)),
            **dict.fromkeys(_LISTS, lists),
        }
        lefts = {"number": numbers_left, "text": texts_left, "boolean": sum(map(int.bit_count, booleans.values())) / 2}
        usual = Counter(kind for _, demand in self._demands for kind in demand.kinds()).most_common(1)
        left = min((lefts[kind] for kind, _ in usual), default=0.0)
        return Column(self.attribute, kinds, odd, left)

    def _kind(self, accepts: Callable[[Demand], bool]) -> Mask:
        return self._free | mask_of((bit for bit, demand in self._demands if accepts(demand)), self._size)


def _always(mask: Mask) -> Find:
    return lambda value: mask
