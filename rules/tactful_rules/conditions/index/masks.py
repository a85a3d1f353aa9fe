"""Sets of bits as whole numbers, and smaller forms for those with few bits: ten thousand rules make 1.3 KB a mask."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final, TypeAlias

Mask: TypeAlias = int
Packed: TypeAlias = "int | array[int]"
"""A mask as it is, or in less memory: a single bit as its complement (a negative number), few as an array."""


_FEW: Final = 20
"""Up to so many bits are quicker shifted one by one than gathered."""


def mask_of(bits: Iterable[int], size: int) -> Mask:
    """Give the mask of bits that are all less than `size`."""
    octets = bytearray(size // 8 + 1)
    for bit in bits:
        octets[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


class Packer:
    """Packs masks over `size` bits: the more bits a set has, the more it is worth a mask of its own.

    A set of more than `rare` bits becomes one; where a mask takes no more room than its array, smaller ones do too.
    """

    __slots__ = ("_masks", "_seen", "rare", "size")

    def __init__(self, size: int, rare: int) -> None:
        self.size = size
        self.rare = min(rare, size // 30)
        self._seen: dict[tuple[int, ...], Packed] = {}
        self._masks: dict[Mask, Mask] = {}

    def share(self, mask: Mask) -> Mask:
        """Give the same object for an equal mask: of an attribute many are."""
        return self._masks.setdefault(mask, mask)

    def pack(self, bits: list[int], below: Mask = 0) -> Packed:
        """Pack a set of bits; one that becomes a mask flips those of `below`."""
        if len(bits) <= self.rare:
            return self._small(tuple(bits))
        return mask_of(bits, self.size) ^ below

    def _small(self, bits: tuple[int, ...]) -> Packed:
        """Share equal sets: each rule's single bit stands in the tables of all its attributes."""
        found = self._seen.get(bits)
        if found is None:
            found = self._seen[bits] = ~bits[0] if len(bits) == 1 else array("I", bits)
        return found


class Allowance:
    """The bytes that all tables of an index may take for values that rules list."""

    __slots__ = ("_left",)

    def __init__(self, most: int) -> None:
        self._left = most

    def __bool__(self) -> bool:
        return self._left > 0

    def take(self, entries: int, keys: int) -> None:
        """Take what bits in arrays need, and keys in tables."""
        self._left -= 4 * entries + 64 * keys


def unpack(packed: Packed) -> Mask:
    """Give the mask that was packed."""
    if isinstance(packed, int):
        return packed if packed >= 0 else 1 << ~packed
    if len(packed) > _FEW:
        return mask_of(packed, max(packed) + 1)
    mask = 0
    for bit in packed:
        mask |= 1 << bit
    return mask


def is_whole(packed: Packed) -> bool:
    """Tell whether a mask was kept as it is."""
    return isinstance(packed, int) and packed >= 0
