"""Reading moments and versions out of attribute values; what can't be read with certainty is None, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TypeAlias

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are subtracted from it, the offset is applied after
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_LABELS}))?(?:\+{_LABELS})?")
_VERSION_MAX_LENGTH = 256

_Number: TypeAlias = tuple[int, str]
"""A whole number as the count of its digits and the digits, without leading zeros: ordered like the number."""
Version: TypeAlias = tuple[_Number, _Number, _Number, bool, tuple[tuple[bool, int, str], ...]]


def read_moment(value: object) -> timedelta | None:
    """Give the time since 1970-01-01T00:00:00Z that a value stands for, None if it stands for none.

    Reads a date (`2026-11-22`, the start of that day in UTC), an RFC 3339 date-time with its offset (its seconds may be
    left out), a `date` and an aware `datetime`. A date-time without an offset is nowhere on the time line.
    """
    if type(value) is str:
        return _read_text(value)
    if isinstance(value, datetime):
        offset = value.utcoffset()
        return None if offset is None else value.replace(tzinfo=None) - _EPOCH - offset
    if isinstance(value, date):
        return timedelta(days=value.toordinal() - _EPOCH.toordinal())
    return None


def _read_text(text: str) -> timedelta | None:
    try:
        if _DATE.fullmatch(text):
            return timedelta(days=date.fromisoformat(text).toordinal() - _EPOCH.toordinal())
        match = _MOMENT.fullmatch(text)
        return None if match is None else _read_parts(*match.groups(default="0"))
    except ValueError:  # no such day or hour
        return None


def _read_parts(*parts: str) -> timedelta | None:
    year, month, day, hour, minute, second = map(int, parts[:6])
    fraction, sign, offset_hours, offset_minutes = parts[6], parts[7], int(parts[8]), int(parts[9])
    if offset_hours > 23 or offset_minutes > 59:
        return None
    leap = second == 60  # RFC 3339 allows a leap second: the instant after :59
    wall = datetime(year, month, day, hour, minute, second - leap)  # noqa: DTZ001 - its offset is taken off below
    offset = timedelta(hours=offset_hours, minutes=offset_minutes) * (-1 if sign == "-" else 1)
    return wall - _EPOCH - offset + timedelta(seconds=leap, microseconds=int(fraction[:6].ljust(6, "0")))


def read_version(value: object) -> Version | None:
    """Give a key that sorts versions by the precedence of Semantic Versioning 2.0.0 (item 11), None for other texts.

    As apps write them: a leading `v` counts for nothing, parts left out are 0, so `v2.1` is `2.1.0`. Build metadata
    counts for nothing. Digits are compared as texts, so no number is too long.
    """
    if type(value) is not str or len(value) > _VERSION_MAX_LENGTH:
        return None
    match = _VERSION.fullmatch(value)
    if match is None:
        return None
    major, minor, patch, labels = match.groups()
    return (
        _number(major),
        _number(minor or "0"),
        _number(patch or "0"),
        labels is None,
        tuple(_label(text) for text in labels.split(".")) if labels else (),
    )


def _number(digits: str) -> _Number:
    bare = digits.lstrip("0")
    return len(bare), bare


def _label(text: str) -> tuple[bool, int, str]:
    return (False, *_number(text)) if text.isdecimal() else (True, 0, text)
