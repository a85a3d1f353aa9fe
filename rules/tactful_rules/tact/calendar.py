"""Calendar days, weeks and months of a time zone as instants: midnights that daylight saving removed included.

A unit starts at the first instant whose local date lies in it, which need not be 00:00.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

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
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    early, late = to_instant(midnight.replace(fold=1)), to_instant(midnight)
    if early >= late:  # the usual midnight, or one that comes twice, of which `fold=0` is the first
        return late
    while early < late:  # PEP 495: in a gap fold=1 lies before the change and fold=0 at or after it
        middle = (early + late) // 2
        if local_date(middle, zone) < day:
            early = middle + 1
        else:
            late = middle
    return late


def _first_day(unit: Calendar, day: date) -> date:
    if unit == "day":
        return day
    return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)
