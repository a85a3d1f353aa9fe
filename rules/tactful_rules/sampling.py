"""Sticky numbers: the same person gets the same share of every draw, on every machine, without anything stored."""

from __future__ import annotations

from hashlib import blake2b
from math import nextafter

_BELOW_ONE = nextafter(1.0, 0.0)


def bucket(salt: str, key: str) -> float:
    """Give a number in [0, 1) that is fixed for `salt` and `key` and even over keys.

    The first 8 bytes, big-endian, of BLAKE2b-64 (RFC 7693) over UTF-8 `salt + "\\x00" + key`, divided by 2^64.
    """
    text = f"{salt}\0{key}".encode("utf-8", "surrogatepass")
    return as_share(int.from_bytes(blake2b(text, digest_size=8).digest(), "big"))


def as_share(number: int) -> float:
    """Divide a 64-bit number by 2^64; the last 1,024 of them would round up to 1.0, which is nobody's share."""
    return min(number / 2**64, _BELOW_ONE)
