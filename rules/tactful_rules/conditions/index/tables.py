"""From a value to the mask of what is still possible: by equality, by its beginning, by any of several keys."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from tactful_rules.conditions.index.demand import member_key
from tactful_rules.conditions.index.masks import Allowance, Mask, Packed, Packer, is_whole, mask_of, unpack

Find: TypeAlias = Callable[[Any], Mask]
"""Gives the mask of a value of the one kind that it is for."""

MEMBER_KINDS: Final = frozenset({str, int, float, bool})
MOST_LENGTHS: Final = 8
"""Beginnings (or ends) are looked up by length; one of a length beyond these counts as a shorter one."""


class Points:
    """Values that rules name, each with the bits in which it differs from any value that none names."""

    __slots__ = ("_differing", "_gained")

    def __init__(self) -> None:
        self._differing: defaultdict[Any, list[int]] = defaultdict(list)
        self._gained = 0
        """How many bits more than the rest all values leave together."""

    def __len__(self) -> int:
        return len(self._differing)

    def note(self, bits: list[int], values: Collection[Any], allowance: Allowance, *, possible: bool) -> bool:
        """Note that values stand out for bits: possible where the rest is not, or the reverse; False if too many do."""
        if not _note(self._differing, bits, values, allowance):
            return False
        self._gained += len(values) * (len(bits) if possible else -len(bits))
        return True

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits to be packed."""
        yield from self._differing.values()

    def pack(self, default: Mask, packer: Packer) -> tuple[Find, float]:
        """Give the function of a value, and how many bits it leaves on average; one not named leaves `default`."""
        table = {value: packer.pack(bits, default) for value, bits in self._differing.items()}
        left = default.bit_count() + self._gained / max(len(table), 1)
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


class Keys:
    """Keys that rules name, for values that have several: the members of a list, the beginnings of a text."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        self._bits: defaultdict[Any, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._bits)

    def mask(self, size: int) -> Mask:
        """Give the mask of the bits noted."""
        return mask_of((bit for bits in self._bits.values() for bit in bits), size)

    def note(self, bits: list[int], keys: Collection[Any], allowance: Allowance) -> bool:
        """Note that bits go with keys; False if there are too many."""
        return _note(self._bits, bits, keys, allowance)

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits to be packed."""
        yield from self._bits.values()

    def pack(self, packer: Packer) -> dict[Any, Packed]:
        """Give the table."""
        return {key: packer.pack(bits) for key, bits in self._bits.items()}


def _note(table: dict[Any, list[int]], bits: list[int], keys: Collection[Any], allowance: Allowance) -> bool:
    if not allowance:
        return False
    before = len(table)
    for key in keys:
        table[key] += bits
    allowance.take(len(bits) * len(keys), len(table) - before)
    return True


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


class Affixes:
    """Beginnings of texts: the longest one found leads to the shorter ones. For ends, turn texts round."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        self._bits: defaultdict[str, list[int]] = defaultdict(list)

    def __bool__(self) -> bool:
        return bool(self._bits)

    def note(self, bits: list[int], beginning: str) -> None:
        """Note that bits are possible only of texts that begin so."""
        self._bits[beginning] += bits

    def close(self) -> None:
        """Cut the beginnings to a few lengths."""
        lengths = sorted({len(beginning) for beginning in self._bits})
        if len(lengths) > MOST_LENGTHS:
            lengths = [lengths[place * len(lengths) // MOST_LENGTHS] for place in range(MOST_LENGTHS)]
            noted, self._bits = self._bits, defaultdict(list)
            for beginning, bits in noted.items():
                self._bits[beginning[: lengths[bisect_right(lengths, len(beginning)) - 1]]] += bits

    def mask(self, size: int) -> Mask:
        """Give the mask of the bits noted."""
        return mask_of((bit for bits in self._bits.values() for bit in bits), size)

    def sets(self) -> Iterator[list[int]]:
        """Yield the sets of bits to be packed."""
        yield from self._bits.values()

    def pack(self, packer: Packer) -> tuple[Find, float]:
        """Give the function of a text, and how many bits it leaves on average."""
        rest = ((1 << packer.size) - 1) ^ self.mask(packer.size)
        lengths = tuple(sorted({len(beginning) for beginning in self._bits}, reverse=True))
        table = {beginning: packer.pack(bits, rest) for beginning, bits in self._bits.items()}
        shorter = self._shorter(lengths)
        counts: dict[str, int] = {}
        for beginning in sorted(self._bits, key=len):
            counts[beginning] = len(self._bits[beginning])
            if beginning in shorter:
                counts[beginning] += counts[shorter[beginning]]
        return _beginning(lengths, table, shorter, rest), mean(counts.values(), 0) + rest.bit_count()

    def _shorter(self, lengths: tuple[int, ...]) -> dict[str, str]:
        """Give the longest of the others that each beginning begins with, where there is one.

        Copying the bits of those into it took 50 MB for 10,000 rules about the paths of one shop.
        """
        shorter: dict[str, str] = {}
        for beginning in self._bits if len(lengths) > 1 else ():
            for length in lengths:
                if length < len(beginning) and beginning[:length] in self._bits:
                    shorter[beginning] = beginning[:length]
                    break
        return shorter


def _beginning(lengths: tuple[int, ...], table: Mapping[str, Packed], shorter: Mapping[str, str], rest: Mask) -> Find:
    get = table.get

    def find(text: str) -> Mask:
        for length in lengths:
            beginning = text[:length]
            packed = get(beginning)
            if packed is not None:
                mask = packed if isinstance(packed, int) and packed >= 0 else rest ^ unpack(packed)
                while beginning in shorter:
                    beginning = shorter[beginning]
                    mask |= unpack(table[beginning])
                return mask
        return rest

    return find


def mean(counts: Iterable[int], otherwise: int) -> float:
    """Give the mean, as the measure of how much a table leaves; `otherwise` where there is nothing to count."""
    found = list(counts)
    return sum(found) / len(found) if found else float(otherwise)
