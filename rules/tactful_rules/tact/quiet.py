"""Quiet hours and holidays of one channel: whether an instant is quiet for a person, what then, and until when.

Windows are stretches of instants, not tests of a wall clock: one that begins at a time which comes twice begins at the
first, and one that ends there ends at the second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta, tzinfo
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from tactful_rules.model.ids import DAY, Instant, Span
from tactful_rules.model.policy import DoNotDisturb, Holidays, QuietAction, QuietHours, Weekday
from tactful_rules.model.ruleset import Channel
from tactful_rules.tact.calendar import day_end, day_start, wall_instant

HolidayCalendar: TypeAlias = Callable[[str, int], Collection[date]]
"""Gives the holidays of a country or subdivision code in a year; the gateway brings one."""

FARTHEST: Final[Span] = 400 * DAY
"""A stretch that goes on for longer has no end that anybody waits for."""
_STRICTNESS: Final[dict[QuietAction, int]] = {"wait": 0, "next": 1, "drop": 2}
_WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIRST_DAY: Final = date(1970, 1, 1)
_AROUND: Final = range(-2, 2)
"""The local days that may reach into a UTC day: a window crosses one midnight, and clocks differ by less than a day."""
_REMEMBERED: Final = 4_096
"""Days of zones whose windows are kept at hand."""
_A_YEAR: Final = 2000


class Stretch(Struct, frozen=True, gc=False):
    """A quiet time: what to do in it, and which window or holiday says so (of several the strictest).

    `until` is when it ends, with all that touches it; None where it goes on for longer than was looked at.
    """

    then: QuietAction
    until: Instant | None
    by: QuietHours | Holidays


class _Quiet(NamedTuple):
    """One night of a window, or one holiday, as instants."""

    start: Instant
    end: Instant
    by: QuietHours | Holidays


class QuietTimes:
    """What is quiet on one channel; what was worked out for a day of a zone is kept, so that asking again is cheap."""

    __slots__ = ("_calendar", "_holidays", "_hours", "_known")

    def __init__(
        self, hours: tuple[QuietHours, ...], holidays: tuple[Holidays, ...], calendar: HolidayCalendar | None
    ) -> None:
        self._hours = hours
        self._holidays = holidays
        self._calendar = calendar
        self._known: dict[tuple[tzinfo, int], tuple[_Quiet, ...]] = {}

    def find(self, at: Instant, zone: tzinfo, within: Span) -> Stretch | None:
        """Give the quiet stretch that `at` lies in, None when it lies in none.

        Its end is looked for up to `within` from `at`, and a bit beyond where that costs nothing.
        """
        over = [quiet for quiet in self._near(at // DAY, zone) if quiet.start <= at < quiet.end]
        if not over:
            return None
        by = over[0].by if len(over) == 1 else max((quiet.by for quiet in over), key=_strictness)
        return Stretch(by.then, self._follow(max(quiet.end for quiet in over), at + min(within, FARTHEST), zone), by)

    def _follow(self, end: Instant, farthest: Instant, zone: tzinfo) -> Instant | None:
        """Give the end of what touches `end`; None if it still goes on at `farthest`."""
        while True:
            later = max((quiet.end for quiet in self._near(end // DAY, zone) if quiet.start <= end), default=end)
            if later <= end:
                return end
            if end > farthest:
                return None
            end = later

    def _near(self, utc_day: int, zone: tzinfo) -> tuple[_Quiet, ...]:
        """Give what is quiet at some time of a day in UTC, by its number since 1970."""
        known = self._known.get((zone, utc_day))
        if known is None:
            start, end = utc_day * DAY, (utc_day + 1) * DAY
            days = [_FIRST_DAY + timedelta(days=utc_day + around) for around in _AROUND]
            found = (quiet for day in days for quiet in self._beginning(day, zone))
            known = tuple(quiet for quiet in found if quiet.start < end and start < quiet.end)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[zone, utc_day] = known
        return known

    def _beginning(self, day: date, zone: tzinfo) -> Iterator[_Quiet]:
        """Yield what begins on a local day, or would if the day had that time."""
        for hours in self._hours:
            if not hours.days or _WEEKDAYS[day.weekday()] in hours.days:
                length = hours.to if hours.from_ < hours.to else hours.to + 24 * 60
                start, end = wall_instant(day, hours.from_, zone), wall_instant(day, length, zone, last=True)
                if start < end:
                    yield _Quiet(start, end, hours)
        for holidays in self._holidays:
            if self._is_holiday(day, holidays):
                yield _Quiet(day_start(day, zone), day_end(day, zone), holidays)

    def _is_holiday(self, day: date, holidays: Holidays) -> bool:
        if day.isoformat() in holidays.dates:
            return True
        code = holidays.calendar
        return code is not None and self._calendar is not None and day in self._calendar(code, day.year)


def _strictness(by: QuietHours | Holidays) -> int:
    return _STRICTNESS[by.then]


def quiet_times(
    policy: DoNotDisturb, channels: Mapping[str, Channel], calendar: HolidayCalendar | None
) -> dict[str, QuietTimes]:
    """Give what is quiet by channel; those that never are quiet are left out.

    Raises:
        ValueError: the policy names a holiday calendar, and there is no `calendar` to look it up in.
        Exception: whatever `calendar` raises for a code that it does not know.
    """
    codes = {holidays.calendar for holidays in policy.holidays if holidays.calendar is not None}
    for code in codes:
        if calendar is None:
            raise ValueError(f"the holidays of {code} need a calendar: pass `holidays`")
        calendar(code, _A_YEAR)  # so that one which is not known is met here, and not in a decision
    found = {}
    for channel in channels.values():
        hours = tuple(hours for hours in policy.quiet_hours if _is_on(hours, channel))
        holidays = tuple(holidays for holidays in policy.holidays if _is_on(holidays, channel))
        if hours or holidays:
            found[channel.id] = QuietTimes(hours, holidays, calendar)
    return found


def _is_on(quiet: QuietHours | Holidays, channel: Channel) -> bool:
    return channel.id in quiet.on if quiet.on else not channel.on_screen
