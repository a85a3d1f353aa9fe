"""From a value to the mask of what is still possible: by equality, by place between bounds, by any of several keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tactful_rules.conditions.index.demand import Cut, Range, member_key
from tactful_rules.conditions.index.masks import Mask, Packed, Packer, is_whole, mask_of, unpack

Find: TypeAlias = Callable[[Any], Mask]
"""Gives the mask of a value of the one kind that it is for."""

MEMBER_KINDS: Final = frozenset({str, int, float, bool})
MOST_LENGTHS: Final = 8
"""Beginnings (or ends) are looked up by length; one of a length beyond these counts as a shorter one."""
REMEMBERED: Final = 256
"""Texts of which the place between bounds is remembered: versions and dates repeat, and reading one takes 2 µs."""
LONGEST_REMEMBERED: Final = 40


class Points:
    """Values that rules name, each with the bits in which it differs from any value that none names."""

    __slots__ = ("_differing", "default")

    def __init__(self, default: Mask) -> None:
        self.default = default
        self._differing: dict[Any, list[int]] = {}

    def __len__(self) -> int:
        return len(self._differing)

    def note(self, bit: int, values: Iterable[Any]) -> None:
        """Note that values stand out for a bit: possible where the rest is not, or the reverse."""
        for value in values:
            self._differing.setdefault(value, []).append(bit)

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits to be packed."""
        yield from self._differing.values()

    def pack(self, packer: Packer) -> tuple[Find, float]:
        """Give the function of a value, and how many bits it leaves on average."""
        default = self.default
        table = {value: packer.pack(bits, default) for value, bits in self._differing.items()}
        left = _mean((find.bit_count() for find in map(_point(table, default), table)), default.bit_count())
        self._differing = {}
        if all(map(is_whole, table.values())):
            return _Whole(table, default).__getitem__, left
        return _point(table, default), left


class _Whole(dict[Any, Mask]):
    """A table of nothing but masks, so that finding one is left to the dict."""

    __slots__ = ("_default",)

    def __init__(self, table: Mapping[Any, Packed], default: Mask) -> None:
        super().__init__(table)
        self._default = default

    def __missing__(self, value: Any) -> Mask:
        return self._default


def _point(table: Mapping[Any, Packed], default: Mask) -> Find:
    get = table.get

    def find(value: Any) -> Mask:
        packed = get(value)
        if packed is None:
            return default
        if isinstance(packed, int) and packed >= 0:
            return packed
        return default ^ unpack(packed)

    return find


class Slots:
    """Ranges, cut into slots at their bounds; with too many bounds a slot spans several, and lets too much through."""

    __slots__ = ("_bits", "_ranges")

    def __init__(self) -> None:
        self._bits: list[int] = []
        self._ranges: list[Range] = []

    def mask(self, size: int) -> Mask:
        """Give the mask of the bits noted."""
        return mask_of(self._bits, size)

    def note(self, bit: int, within: Range) -> None:
        """Note that a bit is possible within a range alone."""
        self._bits.append(bit)
        self._ranges.append(within)

    def pack(self, rest: Mask, most: int, size: int) -> tuple[Find, float]:
        """Give the function of a value's place in the order, and how many bits it leaves on average.

        `rest` is what is possible wherever a value lies, of no bit that was noted.
        """
        cuts = self._cuts(most)
        turned: list[list[int]] = [[] for _ in range(len(cuts) + 2)]
        for bit, within in zip(self._bits, self._ranges, strict=True):
            first = 0 if within.low is None else bisect_right(cuts, within.low)
            last = len(cuts) if within.high is None else bisect_left(cuts, within.high)
            if first <= last:
                turned[first].append(bit)
                turned[last + 1].append(bit)
        masks, mask = [], rest
        for bits in turned[:-1]:
            for bit in bits if len(bits) < 20 else ():
                mask ^= 1 << bit
            mask ^= mask_of(bits, size) if len(bits) >= 20 else 0
            masks.append(mask)
        self._bits, self._ranges = [], []
        return _slot(cuts, masks), _mean((mask.bit_count() for mask in masks), size)

    def _cuts(self, most: int) -> list[Cut]:
        found = sorted(cut for each in self._ranges for cut in (each.low, each.high) if cut is not None)
        distinct = list(dict.fromkeys(found))
        if len(distinct) < most:
            return distinct
        return list(dict.fromkeys(found[place * len(found) // most] for place in range(1, most)))


def _slot(cuts: list[Cut], masks: list[Mask]) -> Find:
    values, after = [value for value, _ in cuts], [is_after for _, is_after in cuts]
    count = len(cuts)

    def find(value: Any) -> Mask:
        place = bisect_left(values, value)
        if place < count and values[place] == value and not after[place]:
            place += 1
        return masks[place]

    return find


def read_first(read: Callable[[object], Any], find: Find, unread: Mask) -> Find:
    """Give the function of a text that stands for something ordered; `unread` is for one that does not."""

    def find_text(text: str) -> Mask:
        value = read(text)
        return unread if value is None else find(value)

    remembered = lru_cache(REMEMBERED)(find_text)
    return lambda text: remembered(text) if len(text) <= LONGEST_REMEMBERED else find_text(text)


class Keys:
    """Keys that rules name, for values that have several: the members of a list, the beginnings of a text."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        self._bits: dict[Any, list[int]] = {}

    def __len__(self) -> int:
        return len(self._bits)

    def mask(self, size: int) -> Mask:
        """Give the mask of the bits noted."""
        return mask_of((bit for bits in self._bits.values() for bit in bits), size)

    def note(self, bit: int, keys: Iterable[Any]) -> None:
        """Note that a bit goes with keys."""
        for key in keys:
            self._bits.setdefault(key, []).append(bit)

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits to be packed."""
        yield from self._bits.values()

    def pack(self, packer: Packer) -> dict[Any, Packed]:
        """Give the table."""
        table = {key: packer.pack(bits) for key, bits in self._bits.items()}
        self._bits = {}
        return table


def find_lists(some: Mapping[Any, Packed], none: Mapping[Any, Packed], rest: Mask) -> Find:
    """Give the function of a list: `rest`, what its members make possible, without what they rule out."""

    def find(values: Iterable[object]) -> Mask:
        possible, impossible = rest, 0
        for item in values:
            if type(item) in MEMBER_KINDS:
                key = member_key(item)
                if key in some:
                    possible |= unpack(some[key])
                if key in none:
                    impossible |= unpack(none[key])
        return possible & ~impossible if impossible else possible

    return find


class Affixes(Keys):
    """Beginnings of texts, or ends."""

    __slots__ = ()

    def find(self, packer: Packer, rest: Mask, *, ends: bool) -> tuple[Find, float]:
        """Give the function of a text, and how many bits it leaves on average."""
        lengths = sorted({len(affix) for affix in self._bits})
        if len(lengths) > MOST_LENGTHS:
            lengths = [lengths[place * len(lengths) // MOST_LENGTHS] for place in range(MOST_LENGTHS)]
            self._shorten(lengths, ends=ends)
        table = self.pack(packer)
        left = _mean(((rest | unpack(packed)).bit_count() for packed in table.values()), rest.bit_count())
        return (_end if ends else _beginning)(tuple(lengths), table, rest), left

    def _shorten(self, lengths: list[int], *, ends: bool) -> None:
        longer, self._bits = self._bits, {}
        for affix, bits in longer.items():
            length = lengths[bisect_right(lengths, len(affix)) - 1]
            self._bits.setdefault(affix[-length:] if ends else affix[:length], []).extend(bits)


def _beginning(lengths: tuple[int, ...], table: Mapping[Any, Packed], rest: Mask) -> Find:
    def find(text: str) -> Mask:
        possible = rest
        for length in lengths:
            packed = table.get(text[:length])
            if packed is not None:
                possible |= unpack(packed)
        return possible

    return find


def _end(lengths: tuple[int, ...], table: Mapping[Any, Packed], rest: Mask) -> Find:
    def find(text: str) -> Mask:
        possible = rest
        for length in lengths:
            packed = table.get(text[-length:])
            if packed is not None:
                possible |= unpack(packed)
        return possible

    return find


def _mean(counts: Iterable[int], otherwise: int) -> float:
    """Give the mean, as the measure of how much a table leaves; `otherwise` where there is nothing to count."""
    found = list(counts)
    return sum(found) / len(found) if found else float(otherwise)
