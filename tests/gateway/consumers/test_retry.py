"""The retry schedule as a function."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.retry import LONGEST_WISH, SCHEDULE, wait_after
from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND

CHANCE = st.floats(0, 1, exclude_max=True)


def test_the_waits_are_those_of_the_design() -> None:
    waits = [wait_after(attempts, 0.5) for attempts in range(1, 11)]
    hours = [2, 5, 10, 14, 20, 24]
    assert waits == [5 * SECOND, 5 * MINUTE, 30 * MINUTE, *(hour * HOUR for hour in hours), None]
    assert sum(SCHEDULE) == 75 * HOUR + 35 * MINUTE + 5 * SECOND


@given(st.integers(1, 9), CHANCE)
def test_a_wait_is_spread_by_a_fifth_either_way(attempts: int, chance: float) -> None:
    wait = wait_after(attempts, chance)
    assert wait is not None
    assert 0.8 * SCHEDULE[attempts] <= wait <= 1.2 * SCHEDULE[attempts]


@given(st.integers(1, 9), CHANCE, st.integers(0, 10 * DAY))
def test_the_longer_of_schedule_and_wish_counts_up_to_a_day(attempts: int, chance: float, wish: int) -> None:
    assert wait_after(attempts, chance, wish) == max(wait_after(attempts, chance) or 0, min(wish, LONGEST_WISH))


@given(st.integers(10, 1000), CHANCE, st.integers(0, DAY))
def test_after_the_tenth_attempt_there_is_none_whatever_is_wished(attempts: int, chance: float, wish: int) -> None:
    assert wait_after(attempts, chance, wish) is None
