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
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_OFFSET = re.compile(r"([Zz]|[+-]\d{2}:\d{2})$", re.ASCII)


def read_moment(text: str, zone: tzinfo) -> Instant | None:
    """Read `2026-11-22` or RFC 3339 as milliseconds since the epoch; None when it is neither, or centuries away."""
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
    at = read_moment(text, zone)
    if at is None or _OFFSET.search(text):
        return None if at is None else Read(at)
    read = f"{text} is read on the clock of {zone.key} ({whose})"
    wall = datetime.fromisoformat(text.upper()) if _TIME.fullmatch(text) else datetime.fromisoformat(f"{text}T12:00")
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
