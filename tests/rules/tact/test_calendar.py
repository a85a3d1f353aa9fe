"""Days, weeks and months of real zones: midnights that do not exist or come twice, and a whole day that is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.model.ids import to_datetime, to_instant
from tactful_rules.model.rule import Calendar
from tactful_rules.tact.calendar import local_date, next_unit_start, unit_start

ZONES = [
    "UTC", "Asia/Shanghai", "America/New_York", "America/Santiago", "Africa/Cairo", "America/Havana", "Pacific/Apia",
    "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kathmandu", "America/Toronto", "Asia/Beirut", "America/Sao_Paulo",
]  # fmt: skip
instants = st.integers(-1_700_000_000_000, 2_500_000_000_000)  # 1916 to 2049
units: st.SearchStrategy[Calendar] = st.sampled_from(["day", "week", "month"])


def at(text: str) -> int:
    return to_instant(datetime.fromisoformat(text))


def unit_of(unit: Calendar, instant: int, zone: ZoneInfo) -> object:
    day = local_date(instant, zone)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day if unit == "day" else (day.year, day.month)


@given(instants, units, st.sampled_from(ZONES))
def test_a_unit_starts_at_the_first_instant_of_its_dates_and_ends_before_the_next(
    now: int, unit: Calendar, name: str
) -> None:
    zone = ZoneInfo(name)
    start, end = unit_start(unit, now, zone), next_unit_start(unit, now, zone)
    assert start <= now < end
    assert unit_of(unit, start, zone) == unit_of(unit, now, zone) == unit_of(unit, end - 1, zone)
    assert unit_of(unit, start - 1, zone) != unit_of(unit, now, zone)
    assert unit_of(unit, end, zone) != unit_of(unit, now, zone)


@pytest.mark.parametrize(
    ("zone", "noon", "start"),
    [
        ("America/Santiago", "2026-09-06T12:00:00-03:00", "2026-09-06T01:00:00-03:00"),
        ("Africa/Cairo", "2026-04-24T12:00:00+03:00", "2026-04-24T01:00:00+03:00"),
        ("Asia/Shanghai", "2026-11-22T12:00:00+08:00", "2026-11-22T00:00:00+08:00"),
        ("America/Havana", "2026-11-01T12:00:00-05:00", "2026-11-01T00:00:00-04:00"),
    ],
)
def test_a_day_starts_at_its_first_instant_even_without_a_midnight(zone: str, noon: str, start: str) -> None:
    assert unit_start("day", at(noon), ZoneInfo(zone)) == at(start)


def test_a_gap_that_begins_before_midnight_starts_the_day_where_the_clock_goes_on() -> None:
    # Toronto, 1919-03-30: the clock jumped from 23:30 to 00:30 of the next day.
    start = unit_start("day", at("1919-03-31T16:00:00+00:00"), ZoneInfo("America/Toronto"))
    assert to_datetime(start).astimezone(ZoneInfo("America/Toronto")).isoformat() == "1919-03-31T00:30:00-04:00"


def test_a_day_that_a_zone_left_out_is_stepped_over() -> None:
    apia = ZoneInfo("Pacific/Apia")  # which went from 2011-12-29 straight to 2011-12-31
    assert next_unit_start("day", at("2011-12-29T12:00:00-10:00"), apia) == at("2011-12-31T00:00:00+14:00")


def test_weeks_start_on_monday() -> None:
    assert unit_start("week", at("2026-11-22T12:00:00+00:00"), ZoneInfo("UTC")) == at("2026-11-16T00:00:00+00:00")
    assert next_unit_start("week", at("2026-11-22T12:00:00+00:00"), ZoneInfo("UTC")) == at("2026-11-23T00:00:00+00:00")


def test_a_month_after_december_is_january() -> None:
    assert next_unit_start("month", at("2026-12-31T23:59:59+00:00"), ZoneInfo("UTC")) == at("2027-01-01T00:00:00+00:00")
