"""The clock on the person's wall, read minute by minute: no arithmetic on wall times, only looking.

Instants are milliseconds; a *minute* is an instant divided by 60,000: every zone's offset is whole minutes today.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tactful_rules.model.policy import DoNotDisturb, Holidays, QuietHours
from tactful_rules.model.ruleset import Channel

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FAR = 16 * 60
"""No zone is further from UTC, in minutes."""


@cache
def wall(minute: int, zone: str) -> datetime:
    """Give what the wall clock shows, without a zone."""
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@cache
def window(day: date, from_: int, to: int, zone: str) -> tuple[int, int]:
    """Give the first minute of the quiet window that starts on `day`, and the first after it.

    It starts when the clock shows `from` (or later, where that does not exist) for the first time, and ends when it
    shows `to` for the last time (or something later, where that does not exist).
    """
    midnight = datetime.fromisoformat(day.isoformat())
    start = midnight + timedelta(minutes=from_)
    end = midnight + timedelta(minutes=to, days=from_ > to)
    near = int(start.replace(tzinfo=UTC).timestamp()) // 60 - FAR
    far = int(end.replace(tzinfo=UTC).timestamp()) // 60 + FAR
    first = next(minute for minute in range(near, far) if wall(minute, zone) >= start)
    shown = [minute for minute in range(near, far) if wall(minute, zone) == end]
    last = shown[-1] if shown else next(minute for minute in range(near, far) if wall(minute, zone) >= end)
    return first, last


def is_for(on: tuple[str, ...], channel: Channel) -> bool:
    """Tell whether a window or holiday is meant for a channel; without `on` it is for every sent one."""
    return channel.id in on if on else not channel.on_screen


def in_window(quiet: QuietHours, minute: int, zone: str) -> bool:
    """Tell whether a minute lies in a window that starts today, yesterday or the day before."""
    today = wall(minute, zone).date()
    for back in range(3):
        day = today - timedelta(days=back)
        if quiet.days and WEEKDAYS[day.weekday()] not in quiet.days:
            continue
        first, after = window(day, quiet.from_, quiet.to, zone)
        if first <= minute < after:
            return True
    return False


def in_holiday(holidays: Holidays, minute: int, zone: str) -> bool:
    """Tell whether a minute lies on a listed date."""
    return wall(minute, zone).date().isoformat() in holidays.dates


def quiet(policy: DoNotDisturb, channel: Channel, minute: int, zone: str) -> list[str]:
    """Give the `then` of every window and holiday that a minute lies in, on this channel."""
    found: list[str] = [it.then for it in policy.quiet_hours if is_for(it.on, channel) and in_window(it, minute, zone)]
    return found + [it.then for it in policy.holidays if is_for(it.on, channel) and in_holiday(it, minute, zone)]


def end_of_quiet(policy: DoNotDisturb, channel: Channel, minute: int, zone: str, furthest: int) -> int | None:
    """Walk on until no window or holiday covers the minute; None when that is later than `furthest`."""
    while minute <= furthest:
        if not quiet(policy, channel, minute, zone):
            return minute
        minute += 1
    return None


def same_unit(one: int, other: int, unit: str, zone: str) -> bool:
    """Tell whether two instants lie in the same day, week (from Monday) or month of a zone."""
    first, second = wall(one // 60_000, zone).date(), wall(other // 60_000, zone).date()
    if unit == "day":
        return first == second
    if unit == "week":
        return first - timedelta(days=first.weekday()) == second - timedelta(days=second.weekday())
    return (first.year, first.month) == (second.year, second.month)
