"""Splitting a batch: nobody twice in a part, everybody in order."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.contracts.sink import delivery
from tactful_gateway.sinks.waves import waves


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_parts_keep_each_persons_order_and_have_nobody_twice(persons: list[str]) -> None:
    made = [msgspec.structs.replace(delivery(seq), subject=person) for seq, person in enumerate(persons)]
    parts = waves(made)
    assert all(len({one.subject for one in part}) == len(part) > 0 for part in parts)
    flat = [one for part in parts for one in part]
    assert sorted(one.seq for one in flat) == [one.seq for one in made]
    for person in "abc":
        seqs = [one.seq for one in flat if one.subject == person]
        assert seqs == sorted(seqs)
