"""One attribute's part of the index: by the kind of its value, the function that gives the mask of what is possible.

Kinds are exact types, as in the operators: a boolean is no number, and whatever is of no kind is `odd`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from tactful_rules.conditions.index.demand import Demand, KindedLeaf, Lists, demand_of
from tactful_rules.conditions.index.masks import Allowance, Mask, Packer, mask_of
from tactful_rules.conditions.index.scalars import ScalarTables
from tactful_rules.conditions.index.tables import Find, Keys, find_lists

Noted: TypeAlias = dict[tuple[KindedLeaf, ...], list[int]]
"""By the leaves that ways have of one attribute, the bits of these ways."""

_LISTS: Final = (list, tuple, set, frozenset)


class Column:
    """An attribute, the functions for the kinds of its values, that for odd values, and how much they leave."""

    __slots__ = ("attribute", "fine", "kinds", "left", "odd")

    def __init__(
        self, attribute: str, kinds: dict[type, Find], odd: Find, fine: dict[type, Find | None], left: float
    ) -> None:
        self.attribute = attribute
        self.kinds = kinds
        self.odd = odd
        self.fine = {kind: find for kind, find in fine.items() if find is not None}
        """The exact functions of those kinds of which `kinds` may let too much through."""
        self.left = left
        """How many bits a value leaves, on average over the values that rules name."""


class ColumnDraft:
    """A column under construction: it says how many sets of bits and slots there are, and is then packed."""

    __slots__ = (
        "_booleans",
        "_lists",
        "_missing",
        "_none",
        "_numbers",
        "_odd",
        "_others",
        "_some",
        "_tested",
        "_texts",
        "attribute",
    )

    def __init__(self, attribute: str, noted: Noted, allowance: Allowance) -> None:
        self.attribute = attribute
        self._tested = [bit for bits in noted.values() for bit in bits]
        self._missing: list[int] = []
        self._odd: list[int] = []
        self._booleans: dict[bool, list[int]] = {True: [], False: []}
        self._numbers = ScalarTables(allowance)
        self._texts = ScalarTables(allowance)
        self._lists: list[tuple[list[int], Lists]] = []
        self._some, self._none = Keys(), Keys()
        self._others: list[int] = []
        for leaves, bits in noted.items():
            self._note(bits, demand_of(leaves))
        self._numbers.close()
        self._texts.close()
        self._choose(allowance)

    def _note(self, bits: list[int], demand: Demand) -> None:
        if demand.missing:
            self._missing += bits
        if demand.odd:
            self._odd += bits
        for value in demand.booleans:
            self._booleans[value] += bits
        if demand.numbers is not None:
            self._numbers.note(bits, demand.numbers)
        if demand.texts is not None:
            self._texts.note(bits, demand.texts)
        if demand.lists is not None:
            self._lists.append((bits, demand.lists))

    def _choose(self, allowance: Allowance) -> None:
        """Of the members that a list must have choose the one that the fewest rules share."""
        shared: Counter[object] = Counter()
        for bits, lists in self._lists:
            for keys in lists.some:
                for key in keys:
                    shared[key] += len(bits)
        for bits, lists in self._lists:
            self._none.note(bits, lists.none, allowance)
            some = min(lists.some, key=lambda keys: sum(shared[key] for key in keys), default=None)
            if some is None or not self._some.note(bits, some, allowance):
                self._others += bits

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits that will be packed."""
        for tables in (self._numbers, self._texts, self._some, self._none):
            yield from tables.sets()

    def slots(self) -> Iterator[int]:
        """Yield how many slots each table wants that is cut into some."""
        for tables in (self._numbers, self._texts):
            yield from (slots.wanted() for slots in tables.slots.values())

    def pack(self, packer: Packer, most_slots: int) -> Column:
        """Give the column, with no more slots to a table than that."""
        size = packer.size
        free = ((1 << size) - 1) ^ mask_of(self._tested, size)

        def mask(bits: Iterable[int]) -> Mask:
            return packer.share(free | mask_of(bits, size))

        numbers = self._numbers.pack(free, packer, most_slots)
        texts = self._texts.pack(free, packer, most_slots)
        rest = mask(self._others)
        booleans = {value: mask(bits) for value, bits in self._booleans.items()}
        kinds: dict[type, Find] = {
            str: texts.find,
            int: numbers.find,
            float: numbers.find,  # NaN as well: what is odd is possible of any number that no rule names
            bool: booleans.__getitem__,
            type(None): _always(mask(self._missing)),
            **dict.fromkeys(_LISTS, find_lists(self._some.pack(packer), self._none.pack(packer), rest)),
        }
        booleans_left = (booleans[True].bit_count() + booleans[False].bit_count()) / 2
        _, left = max(
            (self._texts.accepted, texts.left),
            (self._numbers.accepted, numbers.left),
            (max(map(len, self._booleans.values())), booleans_left),
        )
        fine = {str: texts.fine, int: numbers.fine, float: numbers.fine}
        return Column(self.attribute, kinds, _always(mask(self._odd)), fine, left)


def _always(mask: Mask) -> Find:
    return lambda value: mask
