"""Reads when something happens: a date is noon in the zone that is given, a time without an offset is on its clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tactful_rules.model.ids import Instant, rfc3339, to_instant
from tactful_rules.tact.calendar import wall_instant

_NOON = time(12)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARS = range(1971, 9000)
"""Beyond them clocks run over: what falls due after an event would lie outside the calendar."""
# RFC 3339, and the offsets `+00` and `+0000`, as PostgreSQL and Parquet's tools write them.
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d{2}(:?[0-5]\d)?)?", re.ASCII
)
NO_MOMENT = "must be a date or a time, such as 2026-11-22 or 2026-11-22T09:30:00+08:00, of the years 1971 to 8999"
"""What is said of a text that `read_moment` gives None for."""


def read_moment(text: str, zone: tzinfo) -> Instant | None:
    """Read a date or a time as milliseconds since the epoch; None when it is neither, or centuries away.

    Dates are written `2026-11-22`, times as in RFC 3339, or with their offset as `+08` or `+0800`, or with none.
    """
    try:
        # `2026-11-22T09:30:00Z`, as most traffic has it: a pattern alone would take longer than all the rest.
        if text[4::3] == "--T::Z" and len(text) == 20:
            moment = datetime.fromisoformat(text)
        elif _DATE.fullmatch(text):
            return _noon(text, zone)
        elif _TIME.fullmatch(text):
            moment = datetime.fromisoformat(text.upper())
        else:
            return None
    except ValueError:
        return None
    return _instant(moment, zone)


class Read(NamedTuple):
    """An instant, and what was guessed to find it."""

    at: Instant
    guessed: tuple[str, ...] = ()


def read_on_clock(text: str, zone: ZoneInfo, whose: str) -> Read | None:
    """Read a date or time as `read_moment` does, and say on whose clock, and where a clock change leaves a choice.

    A time that the clock never shows is the next one that it does; of one that it shows twice it is the first.
    """
    at, timed = read_moment(text, zone), _TIME.fullmatch(text)
    if at is None or (timed and timed["offset"]):
        return None if at is None else Read(at)
    read = f"{text} is read on the clock of {zone.key} ({whose})"
    wall = datetime.fromisoformat(text.upper()) if timed else datetime.fromisoformat(f"{text}T12:00")
    first, second = (to_instant(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first == second:
        return Read(first, (read,))
    if first < second:
        twice = f"that time comes twice there, at {rfc3339(first)} and {rfc3339(second)}; the first is taken"
        return Read(first, (f"{read}; {twice}: write its offset from UTC to choose",))
    at = wall_instant(wall.date(), 60 * wall.hour + wall.minute, zone)
    return Read(at, (f"{read}; that time is left out there by a clock change; the next one is taken, {rfc3339(at)}",))


@lru_cache(maxsize=4096)
def _noon(text: str, zone: tzinfo) -> Instant | None:
    return _instant(datetime.combine(date.fromisoformat(text), _NOON, zone), zone)


def _instant(moment: datetime, zone: tzinfo) -> Instant | None:
    if moment.year not in _YEARS:
        return None
    return to_instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))
