"""From an ordered value to the mask of the ranges that it lies in.

Ranges are cut at their bounds. With too many bounds for a mask between each two, a slot spans several, and its mask
lets through whatever reaches into it; `fine` then takes out what a value misses after all, for whom that is worth 2 µs.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import chain
from typing import Any, Final, TypeAlias

from msgspec import Struct

from tactful_rules.conditions.index.demand import Cut, Range
from tactful_rules.conditions.index.masks import Mask, mask_of
from tactful_rules.conditions.index.tables import Find, mean

REMEMBERED: Final = 256
"""Texts of which the place between bounds is remembered: versions and dates repeat, and reading one takes 2 µs."""
LONGEST_REMEMBERED: Final = 40


_Turns: TypeAlias = list[tuple[int, int]]  # a place between cuts, and the bit that begins or no longer counts there


class Slotted(Struct, frozen=True):
    """The function of a value's mask, how many bits it leaves on average, and an exact one where that one is not."""

    find: Find
    left: float
    fine: Find | None = None

    def reading(self, read: Callable[[object], Any], unread: Mask) -> Slotted:
        """Give it for texts that stand for values; `unread` is for one that does not.

        Without `fine`: it would keep every bound, and a version's takes 0.4 KB.
        """
        return Slotted(_remembering(read, self.find, unread), self.left)


class Slots:
    """Ranges by bit, to be cut into slots."""

    __slots__ = ("_bits", "_cuts", "_highs", "_lows")

    def __init__(self) -> None:
        self._bits: list[list[int]] = []
        self._lows: list[Cut | None] = []
        self._highs: list[Cut | None] = []
        self._cuts: list[Cut] = []

    def mask(self, size: int) -> Mask:
        """Give the mask of the bits noted."""
        return mask_of(chain.from_iterable(self._bits), size)

    def note(self, bits: list[int], within: Range) -> None:
        """Note that bits are possible within a range alone."""
        self._bits.append(bits)
        self._lows.append(within.low)
        self._highs.append(within.high)

    def close(self) -> None:
        """End the noting."""
        self._cuts = sorted({cut for cuts in (self._lows, self._highs) for cut in cuts if cut is not None})

    def wanted(self) -> int:
        """Give the number of slots with which none spans several."""
        return len(self._cuts) + 1

    def pack(self, rest: Mask, most: int, size: int) -> Slotted:
        """Make no more slots than that; `rest`, of no bit that was noted, is possible wherever a value lies."""
        cuts = self._cuts
        below = {cut: number for number, cut in enumerate(cuts)}
        span = max(1, -(-(len(cuts) + 1) // most))
        # A value's place is the number of cuts below it; its slot is that by the span.
        starts, ends = [], []
        for bits, low, high in zip(self._bits, self._lows, self._highs, strict=True):
            first = 0 if low is None else below[low] + 1
            last = len(cuts) if high is None else below[high]
            if first <= last:
                starts += [(first, bit) for bit in bits]
                ends += [(last + 1, bit) for bit in bits]
        masks = _sweep(rest, starts, ends, span, len(cuts) // span + 1, size)
        left = mean((mask.bit_count() for mask in masks), size)
        if span == 1:
            return Slotted(_slot(_locator(cuts), masks), left)
        coarse = _slot(_locator(cuts[span - 1 :: span]), masks)
        return Slotted(coarse, left, _exact(_locator(cuts), masks, sorted(starts), sorted(ends), span))


def _sweep(rest: Mask, starts: _Turns, ends: _Turns, span: int, count: int, size: int) -> list[Mask]:
    """Give each slot's mask: of all that starts in it or before, and ends in it or behind."""
    turned: list[list[int]] = [[] for _ in range(count + 1)]
    for first, bit in starts:
        turned[first // span].append(bit)
    for behind, bit in ends:
        turned[(behind - 1) // span + 1].append(bit)
    masks, mask = [], rest
    for bits in turned[:-1]:
        mask ^= mask_of(bits, size)
        masks.append(mask)
    return masks


def _locator(cuts: list[Cut]) -> Callable[[Any], int]:
    values, after = [value for value, _ in cuts], bytes(is_after for _, is_after in cuts)
    count = len(cuts)

    def locate(value: Any) -> int:
        place = bisect_left(values, value)
        return place + 1 if place < count and not after[place] and values[place] == value else place

    return locate


def _slot(locate: Callable[[Any], int], masks: list[Mask]) -> Find:
    return lambda value: masks[locate(value)]


def _exact(
    locate: Callable[[Any], int],
    masks: list[Mask],
    starts: _Turns,
    ends: _Turns,
    span: int,
) -> Find:
    start_places, start_bits = array("I", [place for place, _ in starts]), array("I", [bit for _, bit in starts])
    end_places, end_bits = array("I", [place for place, _ in ends]), array("I", [bit for _, bit in ends])

    def find(value: Any) -> Mask:
        place = locate(value)
        slot = place // span
        later = start_bits[bisect_right(start_places, place) : bisect_left(start_places, (slot + 1) * span)]
        over = end_bits[bisect_right(end_places, slot * span) : bisect_right(end_places, place)]
        gone = later + over
        return masks[slot] ^ mask_of(gone, max(gone) + 1) if gone else masks[slot]

    return find


def _remembering(read: Callable[[object], Any], find: Find, unread: Mask) -> Find:
    remembered: dict[str, Mask] = {}

    def find_text(text: str) -> Mask:
        mask = remembered.get(text)
        if mask is None:
            value = read(text)
            mask = unread if value is None else find(value)
            if len(text) <= LONGEST_REMEMBERED:
                if len(remembered) >= REMEMBERED:
                    remembered.clear()
                remembered[text] = mask
        return mask

    return find_text
