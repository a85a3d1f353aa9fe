"""The tables for the numbers of one attribute, or for its texts: what they find for a value is ANDed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from tactful_rules.conditions.index.demand import Scalars
from tactful_rules.conditions.index.masks import Allowance, Mask, Packer, mask_of
from tactful_rules.conditions.index.slots import Slots, Slotted
from tactful_rules.conditions.index.tables import Affixes, Find, Points
from tactful_rules.conditions.values import read_moment, read_version

_READ: Final[dict[str, Callable[[object], Any]]] = {"moment": read_moment, "version": read_version}


class ScalarTables:
    """Takes demands one by one, then gives the function of a value."""

    __slots__ = ("_allowance", "_anything", "_ends", "_points", "_starts", "accepted", "slots")

    def __init__(self, allowance: Allowance) -> None:
        self.accepted = 0
        """How many demands there were."""
        self.slots: defaultdict[str, Slots] = defaultdict(Slots)
        self._allowance = allowance
        self._anything: list[int] = []
        self._points = Points()
        self._starts, self._ends = Affixes(), Affixes()

    def note(self, bits: list[int], scalars: Scalars) -> None:
        """Note what bits demand, that take some value of this kind."""
        self.accepted += len(bits)
        if scalars.only is not None and self._points.note(bits, scalars.only, self._allowance, possible=True):
            return
        self._anything += bits
        if scalars.without:
            self._points.note(bits, scalars.without, self._allowance, possible=False)
        for ordered_as, within in scalars.ranges.items():
            self.slots[ordered_as].note(bits, within)
        if scalars.starts:
            self._starts.note(bits, scalars.starts)
        if scalars.ends:
            self._ends.note(bits, scalars.ends[::-1])

    def close(self) -> None:
        """End the noting."""
        self._starts.close()
        self._ends.close()
        for slots in self.slots.values():
            slots.close()

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits that will be packed."""
        yield from self._points.sets()
        yield from self._starts.sets()
        yield from self._ends.sets()

    def pack(self, free: Mask, packer: Packer, most: int) -> Slotted:
        """Give the function of a value, with what is `free` always among what it leaves."""
        full, size = (1 << packer.size) - 1, packer.size
        default = free | mask_of(self._anything, size)
        if not self._points and list(self.slots) == ["number"]:  # the usual case: one table does for both
            ranged = self.slots["number"]
            return ranged.pack(default & ~ranged.mask(size), most, size)
        found = [self._points.pack(default, packer)] if self._points or default != full else []
        if self._starts:
            found.append(self._starts.pack(packer))
        if self._ends:
            find_reversed, left = self._ends.pack(packer)
            found.append((lambda text: find_reversed(text[::-1]), left))
        fine = []
        for ordered_as, slots in self.slots.items():
            unread = full ^ slots.mask(size)
            slotted, read = slots.pack(unread, most, size), _READ.get(ordered_as)
            slotted = slotted if read is None else slotted.reading(read, unread)
            found.append((slotted.find, slotted.left))
            if slotted.fine is not None:
                fine.append(slotted.fine)
        left = min((left for _, left in found), default=float(size))
        return Slotted(_every([find for find, _ in found], full), left, _every(fine, full) if fine else None)


def _every(finds: list[Find], full: Mask) -> Find:
    """Give the function of what all of these leave."""
    if not finds:
        return lambda value: full
    if len(finds) == 1:
        return finds[0]
    first, *others = finds

    def find(value: Any) -> Mask:
        mask = first(value)
        for other in others:
            mask &= other(value)
        return mask

    return find
