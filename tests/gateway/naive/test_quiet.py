"""Quiet stretches around every clock change, against walking on minute by minute."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tactful_rules.model.ids import DAY, HOUR, MINUTE, Instant
from tactful_rules.model.policy import DoNotDisturb, Holidays, QuietHours
from tactful_rules.tact.quiet import quiet_times
from tests.gateway.naive.reading.wall import end_of_quiet, quiet
from tests.gateway.naive.surveys import CHANNELS, STARTS, ZONES, policies

SMS = CHANNELS["sms"]
CHANGES = tuple(zip(("America/New_York",) * 2 + ("Australia/Lord_Howe",) * 2 + ZONES[3:5], STARTS, strict=False))
"""The zones whose clocks change shortly after these instants."""
EDGES = (0, 60, 90, 105, 120, 135, 150, 1380)
"""Before, in and after the hours that are left out or come twice."""


def agrees(policy: DoNotDisturb, zone: str, at: Instant, within: int = 3 * DAY) -> None:
    theirs = quiet_times(policy, CHANNELS, None)
    found = theirs[SMS.id].find(at, ZoneInfo(zone), within) if SMS.id in theirs else None
    assert (found is not None) == bool(quiet(policy, SMS, at // MINUTE, zone)), (policy, zone, at)
    if found is not None:
        end = end_of_quiet(policy, SMS, at // MINUTE, zone, (at + within) // MINUTE)
        assert end is None or found.until == end * MINUTE, (policy, zone, at)


@pytest.mark.parametrize(("zone", "start"), CHANGES)
def test_every_window_ends_where_the_walk_ends_around_a_clock_change(zone: str, start: Instant) -> None:
    for from_ in EDGES:
        for to in EDGES:
            if from_ != to:
                policy = DoNotDisturb(quiet_hours=(QuietHours(from_, to),))
                for at in range(start, start + 18 * HOUR, 30 * MINUTE):
                    agrees(policy, zone, at)


@pytest.mark.parametrize(("zone", "start"), CHANGES)
def test_a_holiday_is_a_whole_day_also_where_it_has_no_midnight(zone: str, start: Instant) -> None:
    dates = ("2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-04-24", "2026-09-06")
    policy = DoNotDisturb(holidays=(Holidays(dates=dates),))
    for at in range(start - 12 * HOUR, start + 60 * HOUR, 20 * MINUTE):
        agrees(policy, zone, at)


@settings(derandomize=True)
@given(policy=policies, zone=st.sampled_from(ZONES), start=st.sampled_from(STARTS), hours=st.integers(0, 60))
def test_windows_and_holidays_that_touch_are_one_stretch(
    policy: DoNotDisturb, zone: str, start: Instant, hours: int
) -> None:
    agrees(policy, zone, start + hours * HOUR)
