"""Reading moments and versions out of attribute values; what can't be read with certainty is None, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TypeAlias

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are subtracted from it, the offset is applied after
_DATE = "([0-9]{4})-([0-9]{2})-([0-9]{2})"
_MOMENT = re.compile(
    _DATE + r"(?:[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2})))?"
)
_IDENTIFIER = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_VERSION_MAX_LENGTH = 256

_Number: TypeAlias = tuple[int, str]
"""A decimal number without leading zeros as (length, digits): ordered like the number, whatever its size."""
Version: TypeAlias = tuple[_Number, _Number, _Number, bool, tuple[tuple[bool, int, str], ...]]


def read_moment(value: object) -> timedelta | None:
    """Give the time since 1970-01-01T00:00:00Z that a value stands for, None if it stands for none.

    Reads a date (`2026-11-22`, the start of that day in UTC), an RFC 3339 date-time with its offset, a `date` and an
    aware `datetime`. A naive `datetime` is nowhere on the time line, so it gives None.
    """
    if type(value) is str:
        match = _MOMENT.fullmatch(value)
        return None if match is None else _moment_of(*match.groups())
    if isinstance(value, datetime):
        return _since_epoch(value)
    if isinstance(value, date):
        return timedelta(days=value.toordinal() - _EPOCH.toordinal())
    return None


def _since_epoch(value: datetime) -> timedelta | None:
    offset = value.utcoffset()
    return None if offset is None else value.replace(tzinfo=None) - _EPOCH - offset


def _moment_of(*groups: str | None) -> timedelta | None:
    year, month, day, hour, minute, second, fraction, _, sign, off_hours, off_minutes = groups
    leap = second == "60"  # RFC 3339 allows it; it is the instant after :59
    try:
        wall = datetime(  # noqa: DTZ001 - the offset is applied below, where it can't leave the years 1 to 9999
            int(year or 0),
            int(month or 0),
            int(day or 0),
            int(hour or 0),
            int(minute or 0),
            59 if leap else int(second or 0),
            int((fraction or "")[:6].ljust(6, "0")),
        )
    except ValueError:
        return None
    if int(off_hours or 0) > 23 or int(off_minutes or 0) > 59:
        return None
    offset = timedelta(hours=int(off_hours or 0), minutes=int(off_minutes or 0)) * (-1 if sign == "-" else 1)
    return wall - _EPOCH - offset + timedelta(seconds=leap)


def read_version(value: object) -> Version | None:
    """Give a key that sorts versions by the precedence of Semantic Versioning 2.0.0 (item 11), None for other texts.

    Build metadata counts for nothing. Digits are compared as texts, so no length of number is too long.
    """
    if type(value) is not str or len(value) > _VERSION_MAX_LENGTH:
        return None
    match = _VERSION.fullmatch(value)
    if match is None:
        return None
    major, minor, patch, labels = match.groups()
    return (
        (len(major), major),
        (len(minor), minor),
        (len(patch), patch),
        labels is None,
        tuple(_label(text) for text in labels.split(".")) if labels else (),
    )


def _label(text: str) -> tuple[bool, int, str]:
    return (False, len(text), text) if text.isdecimal() else (True, 0, text)
