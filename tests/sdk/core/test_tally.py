"""Counting: nothing lost between reports, sums as a plain loop has them, memory and report size bounded."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.core.reporter import Reporter
from tactful.core.tally import MAX_PARAMS, MAX_REPORT_BYTES, MAX_ROWS, Tally

CALLS = st.lists(
    st.tuples(
        st.sampled_from(["payment", "menu"]),
        st.sampled_from(["asked", "no_rule"]),
        st.dictionaries(st.sampled_from(["a", "b"]), st.floats(-1e6, 1e6)),
    ),
    max_size=40,
)


@given(CALLS)
def test_a_report_says_what_a_plain_loop_would(calls: list[tuple[str, str, dict[str, float]]]) -> None:
    tally = Tally(0)
    for touchpoint, reason, numbers in calls:
        tally.count(touchpoint, reason, numbers)
    report = msgspec.json.decode(tally.cut("r-1", 10_000))
    counted = {(row["touchpoint"], row["reason"]): row["count"] for row in report["touchpoints"]}
    assert counted == Counter((touchpoint, reason) for touchpoint, reason, _ in calls)
    for row in report["touchpoints"]:
        for path, spread in row["params"].items():
            values = [n[path] for t, r, n in calls if (t, r) == (row["touchpoint"], row["reason"]) and path in n]
            assert spread["count"] == len(values)
            assert spread["sum"] == pytest.approx(sum(values))
            assert spread["sum_squares"] == pytest.approx(sum(value * value for value in values))
            assert (spread["min"], spread["max"]) == (min(values), max(values))
    assert (report["since"], report["until"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:10.000Z")


def test_memory_is_bounded_and_what_found_no_room_is_counted() -> None:
    tally = Tally(0)
    for number in range(MAX_ROWS + 7):
        tally.count(f"t{number}", "asked", {f"p{index}": 1.0 for index in range(3)})
    assert (len(tally), tally.dropped) == (MAX_ROWS, 7)
    tally.count("t0", "asked", {f"p{index}": 1.0 for index in range(5 * MAX_PARAMS)})
    report = msgspec.json.decode(tally.cut("r", 1))
    assert len(report["touchpoints"][0]["params"]) == MAX_PARAMS


def test_many_rows_are_cut_into_reports_that_fit_a_request_without_losing_any() -> None:
    reporter = Reporter(10.0, 0.0, 0, 0.5)
    for number in range(MAX_ROWS):
        reporter.tally.count(f"touchpoint-{number}", "asked", {"order.amount": 1.0})
    ids = iter(range(1000))
    counted, now = 0, 10.0
    while reporter.due(now):
        body = reporter.request({}, lambda: f"r-{next(ids)}", 1000).body
        assert len(body) <= MAX_REPORT_BYTES + 2000
        counted += len(msgspec.json.decode(body)["touchpoints"])
        reporter.arrived(body, now)
    assert counted == MAX_ROWS
    assert not reporter.has_work


def test_a_number_whose_square_is_not_finite_is_left_out() -> None:
    tally = Tally(0)
    tally.count("payment", "asked", {"order.amount": 1e200})
    assert msgspec.json.decode(tally.cut("r", 1))["touchpoints"][0]["params"] == {}


def test_a_clock_that_stepped_back_makes_no_report_that_ends_before_it_began() -> None:
    tally = Tally(10_000)
    tally.count("payment", "asked", {})
    report = msgspec.json.decode(tally.cut("r", 4_000))
    assert (report["since"], report["until"]) == ("1970-01-01T00:00:10.000Z",) * 2


def test_a_report_on_its_way_keeps_its_id_and_body_while_new_calls_are_counted() -> None:
    reporter = Reporter(10.0, 0.0, 0, 0.5)
    reporter.tally.count("payment", "asked", {})
    first = reporter.request({}, lambda: "one", 1)
    reporter.tally.count("payment", "asked", {})
    reporter.postponed(first.body, 20.0, 60.0)
    assert not reporter.due(79.0)
    assert reporter.request({}, lambda: "two", 2) == first
    reporter.arrived(first.body, 80.0)
    assert reporter.request({}, lambda: "two", 2) != first
