"""Journal ids: UUIDv7, rising whatever the clock and the random numbers do."""

from random import Random
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import given

from tactful_gateway.ledger.apply.draft import Fact
from tactful_gateway.ledger.stamping import Stamper


def fact(at: int) -> Fact:
    return Fact("response.completed", "p", at, dict)


@given(st.lists(st.integers(0, 2**48 - 1) | st.integers(1_000, 1_003), min_size=1), st.randoms(use_true_random=False))
def test_ids_rise_also_when_the_clock_goes_back(instants: list[int], random: Random) -> None:
    stamper = Stamper("s", random.randbytes)
    ids = [stamper.stamp(fact(at)).id for at in instants if at < 253_402_300_800_000]
    assert ids == sorted(set(ids))
    assert all(UUID(id_).version == 7 and UUID(id_).variant == "specified in RFC 4122" for id_ in ids)


def test_a_millisecond_never_runs_out_of_numbers() -> None:
    stamper = Stamper("s", lambda size: b"\xff" * size)
    ids = [stamper.stamp(fact(5)).id for _ in range(1_000)]
    assert ids == sorted(set(ids))


def test_an_event_names_its_source_type_and_time() -> None:
    event = Stamper("shop-1", bytes).stamp(fact(0))
    assert (event.source, event.type, event.time) == (
        "shop-1",
        "tactful.response.completed",
        "1970-01-01T00:00:00.000Z",
    )
