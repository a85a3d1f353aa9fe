"""Reads when something happened: a date is noon in the settings' zone, a time without an offset is on its clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from functools import lru_cache

from tactful_rules.model.ids import Instant, to_instant

_NOON = time(12)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1971, 9000)
"""Beyond them clocks run over: what falls due after an event would lie outside the calendar."""
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?")


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


@lru_cache(maxsize=4096)
def _noon(text: str, zone: tzinfo) -> Instant | None:
    return _instant(datetime.combine(date.fromisoformat(text), _NOON, zone), zone)


def _instant(moment: datetime, zone: tzinfo) -> Instant | None:
    if moment.year not in _YEARS:
        return None
    return to_instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))
