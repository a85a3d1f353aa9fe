"""Quiet hours on real clocks: midnight, days, daylight saving, what touches; the stretch against a walk by minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tactful_rules.model.ids import DAY, HOUR, MINUTE, Instant, to_datetime, to_instant
from tactful_rules.model.policy import DoNotDisturb, Holidays, QuietAction, QuietHours, Weekday
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact import QuietTimes, Stretch, quiet_times

NIGHT = QuietHours(21 * 60, 8 * 60)
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = [
    "UTC", "Asia/Shanghai", "America/New_York", "America/Santiago", "Africa/Cairo", "America/Havana", "Pacific/Apia",
    "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kathmandu", "America/Toronto", "America/St_Johns",
    "Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin", "Africa/Casablanca",
]  # fmt: skip


def at(text: str) -> Instant:
    return to_instant(datetime.fromisoformat(text))


def said(instant: Instant | None) -> str | None:
    return None if instant is None else to_datetime(instant).strftime("%Y-%m-%dT%H:%MZ")


def times(*quiet: QuietHours | Holidays, calendar: dict[int, set[date]] | None = None) -> QuietTimes:
    hours = tuple(one for one in quiet if isinstance(one, QuietHours))
    holidays = tuple(one for one in quiet if isinstance(one, Holidays))
    found = None if calendar is None else (lambda _, year: calendar.get(year, set()))
    return QuietTimes(hours, holidays, found)


def ends(quiet: QuietTimes, instant: str, zone: str, within: int = 30 * DAY) -> str | None:
    found = quiet.find(at(instant), ZoneInfo(zone), within)
    assert found is not None, "it is quiet"
    return said(found.until)


@pytest.mark.parametrize(
    ("zone", "evening", "end"),
    [
        ("America/New_York", "2026-03-07T22:10:00-05:00", "2026-03-08T12:00Z"),
        ("America/New_York", "2026-10-31T22:10:00-04:00", "2026-11-01T13:00Z"),
        ("America/New_York", "2026-03-08T01:59:59-05:00", "2026-03-08T12:00Z"),
        ("Asia/Shanghai", "2026-03-07T22:10:00+08:00", "2026-03-08T00:00Z"),
        ("America/Santiago", "2026-09-05T22:10:00-04:00", "2026-09-06T11:00Z"),
        ("Africa/Cairo", "2026-04-23T22:10:00+02:00", "2026-04-24T05:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T22:10:00+11:00", "2026-04-04T21:30Z"),
        ("Australia/Lord_Howe", "2026-10-03T22:10:00+10:30", "2026-10-03T21:00Z"),
    ],
)
def test_a_night_from_21_to_8_ends_at_8_on_the_persons_clock_whatever_it_did_meanwhile(
    zone: str, evening: str, end: str
) -> None:
    assert ends(times(NIGHT), evening, zone) == end


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("America/New_York", "2026-03-07T21:00:00-05:00", 10),
        ("America/New_York", "2026-10-31T21:00:00-04:00", 12),
        ("Asia/Shanghai", "2026-03-07T21:00:00+08:00", 11),
        ("Australia/Lord_Howe", "2026-04-04T21:00:00+11:00", 11.5),
        ("Australia/Lord_Howe", "2026-10-03T21:00:00+10:30", 10.5),
    ],
)
def test_a_night_is_as_long_as_it_is(zone: str, start: str, hours: float) -> None:
    quiet, first = times(NIGHT), at(start)
    assert quiet.find(first - 1, ZoneInfo(zone), DAY) is None
    assert quiet.find(first, ZoneInfo(zone), DAY) == Stretch("wait", first + int(hours * HOUR), NIGHT)
    assert quiet.find(first + int(hours * HOUR), ZoneInfo(zone), DAY) is None


def test_an_end_that_daylight_saving_left_out_is_the_next_instant_there_is_and_never_before() -> None:
    quiet = times(QuietHours(60, 150))  # to 02:30, which New York does not have on this day
    assert ends(quiet, "2026-03-08T01:30:00-05:00", "America/New_York") == "2026-03-08T07:00Z"
    assert quiet.find(at("2026-03-08T03:00:00-04:00"), ZoneInfo("America/New_York"), DAY) is None


def test_a_start_that_daylight_saving_left_out_is_the_next_instant_there_is() -> None:
    quiet, zone = times(QuietHours(150, 240)), ZoneInfo("America/New_York")  # from 02:30
    assert quiet.find(at("2026-03-08T01:59:59-05:00"), zone, DAY) is None
    assert quiet.find(at("2026-03-08T03:00:00-04:00"), zone, DAY) is not None


def test_quiet_hours_inside_what_daylight_saving_left_out_are_no_time_at_all() -> None:
    quiet, zone = times(QuietHours(130, 170)), ZoneInfo("America/New_York")  # 02:10 to 02:50
    assert quiet.find(at("2026-03-08T03:00:00-04:00"), zone, DAY) is None
    assert quiet.find(at("2026-03-08T01:59:59-05:00"), zone, DAY) is None


def test_a_time_that_comes_twice_starts_at_the_first_pass_and_ends_at_the_second() -> None:
    zone = ZoneInfo("America/New_York")
    until, since = times(QuietHours(23 * 60, 90)), times(QuietHours(90, 5 * 60))
    assert ends(until, "2026-10-31T23:30:00-04:00", "America/New_York") == "2026-11-01T06:30Z"
    assert since.find(at("2026-11-01T01:30:00-04:00"), zone, DAY) is not None
    assert since.find(at("2026-11-01T01:10:00-05:00"), zone, DAY) is not None, "it began already"
    assert ends(since, "2026-11-01T01:30:00-04:00", "America/New_York") == "2026-11-01T10:00Z"


def test_a_window_limited_to_a_day_belongs_to_the_day_it_starts_on() -> None:
    friday = times(QuietHours(22 * 60, 6 * 60, days=("fri",)))
    zone = ZoneInfo("Europe/Berlin")
    assert friday.find(at("2026-11-27T05:00:00+01:00"), zone, DAY) is None, "the night of Thursday"
    assert ends(friday, "2026-11-27T23:00:00+01:00", "Europe/Berlin") == "2026-11-28T05:00Z"
    assert ends(friday, "2026-11-28T05:59:00+01:00", "Europe/Berlin") == "2026-11-28T05:00Z"
    assert friday.find(at("2026-11-28T23:00:00+01:00"), zone, DAY) is None


def test_a_friday_night_over_the_change_of_clocks_belongs_to_friday() -> None:
    friday = times(QuietHours(21 * 60, 8 * 60, days=("sat",)))
    assert ends(friday, "2026-03-07T22:10:00-05:00", "America/New_York") == "2026-03-08T12:00Z"
    assert friday.find(at("2026-03-08T22:10:00-04:00"), ZoneInfo("America/New_York"), DAY) is None


def test_a_whole_day_ends_at_midnight_and_seven_of_them_never_end() -> None:
    sunday, always = times(QuietHours(0, 1440, days=("sun",))), times(QuietHours(0, 1440))
    assert ends(sunday, "2026-11-29T12:00:00+01:00", "Europe/Berlin") == "2026-11-29T23:00Z"
    assert ends(always, "2026-11-29T12:00:00+01:00", "Europe/Berlin", within=3 * DAY) is None
    assert ends(always, "2026-11-29T12:00:00+01:00", "Europe/Berlin", within=36_500 * DAY) is None


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"),
        ("America/Havana", "2026-10-31", "2026-10-31T00:00:00-04:00", "2026-11-01T00:00:00-04:00"),
        ("America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
        ("America/St_Johns", "2010-11-06", "2010-11-06T00:00:00-02:30", "2010-11-07T00:00:00-03:30"),
    ],
)
def test_a_holiday_lasts_while_the_date_is_its_own_even_without_a_midnight(
    zone: str, day: str, start: str, end: str
) -> None:
    quiet, here = times(Holidays(dates=(day,))), ZoneInfo(zone)
    assert quiet.find(at(start) - 1, here, DAY) is None
    assert quiet.find(at(start), here, DAY) == Stretch("wait", at(end), Holidays(dates=(day,)))
    assert quiet.find(at(end) - 1, here, DAY) is not None
    assert quiet.find(at(end), here, DAY) is None


def test_a_holiday_that_a_zone_left_out_is_none() -> None:
    quiet = times(Holidays(dates=("2011-12-30",)))
    assert quiet.find(at("2011-12-31T00:00:00+14:00"), ZoneInfo("Pacific/Apia"), DAY) is None
    assert quiet.find(at("2011-12-29T23:59:00-10:00"), ZoneInfo("Pacific/Apia"), DAY) is None


def test_windows_and_holidays_that_touch_are_one_stretch_whatever_they_say_comes_then() -> None:
    quiet = times(NIGHT, Holidays(dates=("2026-12-25", "2026-12-26"), then="next"))
    assert ends(quiet, "2026-12-24T22:00:00+01:00", "Europe/Berlin") == "2026-12-27T07:00Z"
    evening = times(QuietHours(18 * 60, 21 * 60), NIGHT)
    assert ends(evening, "2026-12-01T19:00:00+01:00", "Europe/Berlin") == "2026-12-02T07:00Z"


def test_of_several_over_one_instant_the_strictest_counts() -> None:
    later, gone = QuietHours(20 * 60, 22 * 60, then="next"), Holidays(dates=("2026-12-25",), then="drop")
    quiet, zone = times(NIGHT, later, gone), ZoneInfo("UTC")

    def then(instant: str) -> QuietAction:
        found = quiet.find(at(instant), zone, 3 * DAY)
        assert found is not None
        return found.then

    assert then("2026-12-01T20:30:00+00:00") == "next"
    assert then("2026-12-01T21:30:00+00:00") == "next"
    assert then("2026-12-01T22:30:00+00:00") == "wait"
    assert then("2026-12-25T21:30:00+00:00") == "drop"


def test_the_holidays_of_a_calendar_are_those_of_the_years_that_the_stretch_crosses() -> None:
    days = {2026: {date(2026, 12, 31)}, 2027: {date(2027, 1, 1), date(2027, 1, 2)}}
    quiet = times(Holidays("CN"), calendar=days)
    assert ends(quiet, "2026-12-31T12:00:00+08:00", "Asia/Shanghai") == "2027-01-02T16:00Z"


def test_without_channels_named_every_sent_one_is_quiet_and_no_screen() -> None:
    channels = {"web": Channel("web", "widget"), "sms": Channel("sms", "http"), "email": Channel("email", "email")}
    assert set(quiet_times(DoNotDisturb(quiet_hours=(NIGHT,)), channels, None)) == {"sms", "email"}
    assert set(quiet_times(DoNotDisturb(holidays=(Holidays(dates=("2026-01-01",)),)), channels, None)) == {
        "sms",
        "email",
    }
    on_web = DoNotDisturb(quiet_hours=(QuietHours(0, 60, on=("web",)),))
    assert set(quiet_times(on_web, channels, None)) == {"web"}


def test_a_calendar_that_nobody_brought_or_knows_is_found_out_at_once() -> None:
    policy = DoNotDisturb(holidays=(Holidays("XX"),))
    with pytest.raises(ValueError, match="XX need a calendar"):
        quiet_times(policy, {}, None)

    def unknown(code: str, year: int) -> set[date]:
        raise LookupError(code)

    with pytest.raises(LookupError):
        quiet_times(policy, {}, unknown)


def test_listed_dates_are_looked_up_in_no_calendar() -> None:
    def unknown(code: str, year: int) -> set[date]:
        raise LookupError(code)

    policy = DoNotDisturb(holidays=(Holidays(dates=("2026-12-24",)),))
    quiet = quiet_times(policy, {"sms": Channel("sms", "http")}, unknown)["sms"]
    assert ends(quiet, "2026-12-24T12:00:00+00:00", "UTC") == "2026-12-25T00:00Z"
    assert quiet.find(to_instant(datetime(2026, 12, 23, 12, tzinfo=UTC)), ZoneInfo("UTC"), DAY) is None


def test_what_is_kept_of_many_zones_and_days_stays_bounded_and_right() -> None:
    quiet, zone = times(NIGHT), ZoneInfo("UTC")
    for day in range(5_000):
        found = quiet.find(day * DAY + 22 * HOUR, zone, DAY)
        assert found is not None
        assert found.until == (day + 1) * DAY + 8 * HOUR
    assert len(quiet._known) <= 4_096


@lru_cache(maxsize=64)
def clock(day: date, zone: ZoneInfo) -> tuple[list[Instant], list[datetime]]:
    """Give the minutes around a local day and the next, and what a clock on the wall shows at each."""
    first = to_instant(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 15 * HOUR
    minutes = [first + number * MINUTE for number in range(80 * 60)]
    return minutes, [to_datetime(minute).astimezone(zone).replace(tzinfo=None) for minute in minutes]


def covers(one: QuietHours | Holidays, zone: ZoneInfo, day: date) -> Callable[[int], bool]:
    """Give whether a window's night of `day` covers a minute, told by walking over that day and the next."""
    if isinstance(one, QuietHours) and one.days and WEEKDAYS[day.weekday()] not in one.days:
        return lambda _: False
    minutes, local = clock(day, zone)
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a wall clock
    if isinstance(one, Holidays):
        inside = {minute for minute, wall in zip(minutes, local, strict=True) if wall.date() == day}
        if day.isoformat() not in one.dates or not inside:
            return lambda _: False
        return lambda minute: min(inside) <= minute <= max(inside)
    start = midnight + timedelta(minutes=one.from_)
    end = midnight + timedelta(minutes=one.to if one.from_ < one.to else one.to + 1440)
    begun = next(minute for minute, wall in zip(minutes, local, strict=True) if wall >= start)
    # Over when the clock shows the end for the last time, or jumps over it.
    last = max(minute for minute, wall in zip(minutes, local, strict=True) if wall < end) + MINUTE
    return lambda minute: begun <= minute < last


def walk(quiet: list[QuietHours | Holidays], now: Instant, zone: ZoneInfo, days: int) -> tuple[bool, Instant | None]:
    """Tell whether a minute is quiet, and the first minute after it that is not; None beyond so many days."""
    today = to_datetime(now).date()
    tests = [covers(one, zone, today + timedelta(days=near)) for one in quiet for near in range(-3, days + 3)]
    minute = now
    while any(test(minute) for test in tests):
        minute += MINUTE
        if minute > now + days * DAY:
            return True, None
    return minute > now, minute


clocks = st.integers(0, 48).map(lambda half: half * 30)
windows = st.builds(
    QuietHours,
    from_=clocks.filter(lambda clock: clock < 1440),
    to=clocks,
    days=st.just(()) | st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True).map(tuple),
).filter(lambda hours: hours.from_ != hours.to)
CHANGES = [
    "2026-03-08T06:00:00+00:00", "2026-11-01T05:00:00+00:00", "2026-04-04T15:00:00+00:00", "2026-10-03T15:30:00+00:00",
    "2026-09-06T04:00:00+00:00", "2026-04-23T22:00:00+00:00", "2011-12-30T10:00:00+00:00", "2010-11-07T02:31:00+00:00",
    "2026-03-29T01:00:00+00:00", "2026-10-25T01:00:00+00:00", "2026-02-15T02:00:00+00:00", "2026-11-22T00:00:00+00:00",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(windows, min_size=1, max_size=3),
    st.sets(st.integers(-2, 3), max_size=3),
    st.sampled_from(CHANGES),
    st.integers(-36 * 60, 36 * 60),
    st.sampled_from(ZONES),
)
@example([QuietHours(0, 1440, days=("sun",))], {1}, CHANGES[0], 0, "America/Havana")
def test_the_stretch_is_what_walking_minute_by_minute_finds(
    hours: list[QuietHours], holidays: set[int], change: str, offset: int, name: str
) -> None:
    now, zone = at(change) + offset * MINUTE, ZoneInfo(name)
    today = to_datetime(at(change)).date()
    dates = tuple((today + timedelta(days=near)).isoformat() for near in sorted(holidays))
    clock.cache_clear()
    quiet: list[QuietHours | Holidays] = [*hours, *([Holidays(dates=dates)] if dates else [])]
    found = times(*quiet).find(now, zone, 4 * DAY)
    is_quiet, until = walk(quiet, now, zone, 4)
    assert (found is not None) == is_quiet
    if found is not None and until is not None:
        assert found.until == until
