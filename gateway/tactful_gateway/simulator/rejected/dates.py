"""Reads dates as spreadsheets write them, to say how they are written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_WRITTEN = re.compile(
    r"(?:(?P<year>\d{4})(?P<by>[-/.]?)(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<last>\d{4}))"
    r"(?:[Tt ]\s*(?P<time>\d{2}:\d{2}(?::\d{2})?)\S*)?",
    re.ASCII,
)
_ASK = "a date in another format? write "


def dates_meant(text: str) -> Iterator[tuple[str, str]]:
    """Give the dates, and times, that a text may be, as they are written here, each with words that say so."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return
    days = list(_days(found))
    for form in _forms(found["time"]):
        written = [form.format(day) for day in days]
        # Where day and month can't be told apart, both are named: the wrong one would go unseen.
        yield from ((one, _ASK + " or ".join(written)) for one in written)


def _days(found: re.Match[str]) -> Iterator[str]:
    year = found["year"] or found["last"]
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
