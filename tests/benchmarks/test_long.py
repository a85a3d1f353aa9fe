"""What `make bench` leaves out can still be named."""

from __future__ import annotations

from tests.benchmarks.__main__ import LONG, benchmarks


def test_every_long_benchmark_is_one_that_can_be_named() -> None:
    assert benchmarks().keys() >= LONG
