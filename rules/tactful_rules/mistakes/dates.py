"""Reads dates as spreadsheets write them, to say how they are written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_WRITTEN = (
    r"(?:(?P<year>\d{4})(?P<by>[-/.]?)(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<last>\d{4}))"
    r"(?:[Tt ]\s*(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(?:[Zz]|[+-]\d{2}:?\d{2}|[AaPp][Mm])?)?"
)
_CENTURIES = range(1900, 2200)
"""Years of a date; eight digits may be anything, and mostly no date."""


def is_date(text: str) -> bool:
    """Tell whether a text is a date, or a time of one, in some format."""
    return next(dates_meant(text.strip()), None) is not None


def dates_meant(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the dates, and times, that a text may be, as they are written here, each with all that it may be."""
    found = re.fullmatch(_WRITTEN, text, re.ASCII)
    days = list(_days(found)) if found else []
    for form in _forms(found["time"]) if found and days else ():
        written = tuple(form.format(day) for day in days)
        yield from ((one, written) for one in written)


def _days(found: re.Match[str]) -> Iterator[str]:
    year = found["year"] or found["last"]
    if int(year) not in _CENTURIES:
        return
    first, second = (found["month"], found["day"]) if found["year"] else (found["second"], found["first"])
    pairs = [(first, second)] if found["year"] or found["mark"] == "." else [(first, second), (second, first)]
    for month, day in dict.fromkeys(pairs):
        try:
            yield date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue


def _forms(time: str | None) -> Iterator[str]:
    yield "{}"
    whole = f"{time}:00"[:8] if time else "00:00:00"
    yield from (f"{{}}T{whole}", f"{{}}T{whole}Z", f"{{}} {whole}")
