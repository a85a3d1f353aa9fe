"""Clock times, days, weeks and months of a time zone as instants: those that daylight saving removed included.

A unit starts at the first instant whose local date lies in it, which need not be 00:00.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from tactful_rules.model.ids import Instant, to_datetime, to_instant
from tactful_rules.model.rule import Calendar


def unit_start(unit: Calendar, now: Instant, zone: tzinfo) -> Instant:
    """Give the first instant of the day, week (from Monday) or month that `now` lies in."""
    return day_start(_first_day(unit, local_date(now, zone)), zone)


def next_unit_start(unit: Calendar, now: Instant, zone: tzinfo) -> Instant:
    """Give the first instant after the day, week or month that `now` lies in."""
    first = _first_day(unit, local_date(now, zone))
    if unit == "month":
        return day_start((first + timedelta(days=31)).replace(day=1), zone)
    return day_start(first + timedelta(days=1 if unit == "day" else 7), zone)


def local_date(at: Instant, zone: tzinfo) -> date:
    """Give the date on the zone's calendar at an instant."""
    return to_datetime(at).astimezone(zone).date()


def day_start(day: date, zone: tzinfo) -> Instant:
    """Give the first instant whose local date is `day`, or later where the zone skipped that day."""
    return wall_instant(day, 0, zone)


def day_end(day: date, zone: tzinfo) -> Instant:
    """Give the instant from which the local date is after `day`, and stays so."""
    following = day + timedelta(days=1)
    last = wall_instant(following, 0, zone, last=True)
    return last if local_date(last - 1, zone) <= day else day_start(following, zone)


def wall_instant(day: date, minutes: int, zone: tzinfo, *, last: bool = False) -> Instant:
    """Give the instant at which a clock in the zone shows so many minutes after midnight of `day`.

    A time that daylight saving left out is the next instant that exists. Of one that comes twice it is the first, or
    the `last`.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (to_instant(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first <= second:
        return second if last else first
    early, late = second, first  # PEP 495: in a gap fold=1 lies before the change and fold=0 at or after it
    while early < late:
        middle = (early + late) // 2
        if to_datetime(middle).astimezone(zone).replace(tzinfo=None) < wall:
            early = middle + 1
        else:
            late = middle
    return late


def _first_day(unit: Calendar, day: date) -> date:
    if unit == "day":
        return day
    return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)
