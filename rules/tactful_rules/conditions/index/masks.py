"""Sets of bits as whole numbers, and smaller forms for those with few bits: ten thousand rules make 1.3 KB a mask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

Mask: TypeAlias = int
Packed: TypeAlias = int | tuple[int, ...]
"""A mask as it is, or in less memory: a single bit as its complement (a negative number), few as a tuple."""


def mask_of(bits: Iterable[int], size: int) -> Mask:
    """Give the mask of bits that are all less than `size`."""
    octets = bytearray(size // 8 + 1)
    for bit in bits:
        octets[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


def lowest_first(mask: Mask) -> Iterator[int]:
    """Yield the bits of a mask from the lowest up."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Packer:
    """Packs masks over `size` bits: the more bits a set has, the more it is worth a mask of its own.

    A set of more than `rare` bits becomes one; where a mask takes no more room than its tuple, smaller ones do too.
    """

    __slots__ = ("_seen", "rare", "size")

    def __init__(self, size: int, rare: int) -> None:
        self.size = size
        self.rare = min(rare, size // 64)
        self._seen: dict[tuple[int, ...], Packed] = {}

    def pack(self, bits: Collection[int], below: Mask = 0) -> Packed:
        """Pack a set of bits; one that becomes a mask flips those of `below`."""
        if len(bits) <= self.rare:
            return self._small(tuple(bits))
        return mask_of(bits, self.size) ^ below

    def _small(self, bits: tuple[int, ...]) -> Packed:
        """Share equal sets: each rule's single bit stands in the tables of all its attributes."""
        found = self._seen.get(bits)
        if found is None:
            found = self._seen[bits] = ~bits[0] if len(bits) == 1 else bits
        return found


def unpack(packed: Packed) -> Mask:
    """Give the mask that was packed."""
    if isinstance(packed, int):
        return packed if packed >= 0 else 1 << ~packed
    mask = 0
    for bit in packed:
        mask |= 1 << bit
    return mask


def is_whole(packed: Packed) -> bool:
    """Tell whether a mask was kept as it is."""
    return isinstance(packed, int) and packed >= 0
