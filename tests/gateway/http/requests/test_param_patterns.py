from __future__ import annotations

import time

import pytest

from tactful_gateway.http.reading.params import schema_check


@pytest.mark.parametrize(
    ("pattern", "value", "meets"),
    [("^a+$", "aaa", True), ("^a+$", "b", False), (r"\pL\z", "x1ä", True), ("a", 5, True), ("a", "\ud800", False)],
)
def test_a_pattern_is_searched_by_re2(pattern: str, value: object, meets: bool) -> None:
    assert schema_check({"pattern": pattern})(value) is meets


def test_a_pattern_that_backtracks_costs_nothing() -> None:
    began = time.thread_time()
    assert not schema_check({"type": "string", "pattern": "^(a+)+$"})("a" * 5_000 + "b")
    assert time.thread_time() - began < 1
