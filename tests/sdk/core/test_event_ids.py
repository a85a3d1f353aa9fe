"""Event ids: UUIDv7 that rise, and that no other process makes."""

from __future__ import annotations

import os
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tactful.core.event.ids import EventIds

ENTROPY = st.binary(min_size=10, max_size=10)
CLOCK = st.lists(st.integers(0, 2**48 - 1), min_size=1, max_size=50)


@given(ENTROPY, CLOCK)
def test_ids_are_uuid7_that_rise_whatever_the_clock_does(entropy: bytes, clock: list[int]) -> None:
    ids = EventIds(lambda size: entropy)
    made = [ids.make(now) for now in clock]
    assert all(earlier < later for earlier, later in pairwise(made))
    latest = 0
    for now, text in zip(clock, made, strict=True):
        latest = max(latest, now)
        parsed = UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 7, "specified in RFC 4122")
        assert parsed.int >> 80 == latest


@given(ENTROPY, st.integers(0, 72))
def test_every_one_of_73_random_bits_makes_another_id(entropy: bytes, bit: int) -> None:
    other = (int.from_bytes(entropy, "big") ^ 1 << bit).to_bytes(10, "big")
    assert EventIds(lambda size: entropy).make(0) != EventIds(lambda size: other).make(0)


def test_two_makers_share_no_id_within_one_millisecond() -> None:
    made = [EventIds(os.urandom) for _ in range(100)]
    assert len({ids.make(0) for ids in made for _ in range(100)}) == 10_000
