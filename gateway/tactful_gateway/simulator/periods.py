"""Days gathered into weeks, months or years, so that long traffic still fits on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "year"]
_LENGTHS: dict[Unit, int] = {"day": 1, "week": 7, "month": 30}


def choose_unit(days: Iterable[str], most: int) -> Unit:
    """Give the finest unit in which the time from the first to the last of these days has at most `most` periods."""
    ordered = sorted(days)
    if not ordered:
        return "day"
    length = (date.fromisoformat(ordered[-1]) - date.fromisoformat(ordered[0])).days
    return next((unit for unit, size in _LENGTHS.items() if length < most * size), "year")


def period_of(day: str, unit: Unit) -> str:
    """Give the period that a day lies in: the day itself, the Monday of its week, `2026-03`, or `2026`."""
    if unit == "week":
        at = date.fromisoformat(day)
        return (at - timedelta(days=at.weekday())).isoformat()
    return {"day": day, "month": day[:7], "year": day[:4]}[unit]


def all_periods(days: Iterable[str], unit: Unit) -> list[str]:
    """Give every period from the first to the last of these days, those without any of the days included."""
    ordered = sorted(days)
    return list(dict.fromkeys(period_of(day, unit) for day in _days(ordered[0], ordered[-1]))) if ordered else []


def _days(first: str, last: str) -> Iterator[str]:
    at, end = date.fromisoformat(first), date.fromisoformat(last)
    while at <= end:
        yield at.isoformat()
        at += timedelta(days=1)
