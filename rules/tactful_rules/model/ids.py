"""Ids and instants: what an id may look like, and how time-ordered ids and RFC 3339 texts are made."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

ID_PATTERN = "[a-z0-9][a-z0-9_-]*"
ID_MAX_LENGTH = 64
_ID = re.compile(ID_PATTERN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_IN_UTC = _EPOCH.replace(tzinfo=None)
"""Without an offset, which takes longer to write and to cut off than all the rest."""

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z."""
Span = int
"""A duration in milliseconds."""

SECOND: Span = 1_000
MINUTE: Span = 60 * SECOND
HOUR: Span = 60 * MINUTE
DAY: Span = 24 * HOUR
WEEK: Span = 7 * DAY


def is_id(text: str) -> bool:
    """Tell whether `text` may name a touchpoint, rule, questionnaire, question, channel, sink or stage."""
    return len(text) <= ID_MAX_LENGTH and _ID.fullmatch(text) is not None


def uuid7(now: Instant, random: bytes) -> str:
    """Build a UUIDv7 (RFC 9562, section 5.7) from an instant and at least 10 random bytes."""
    value = (now & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def to_datetime(at: Instant) -> datetime:
    """Give `at` as an aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=at)


def to_instant(moment: datetime) -> Instant:
    """Give an aware datetime as milliseconds since the epoch, cut to the millisecond."""
    since = moment - _EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds // 1000


@lru_cache(maxsize=4096)  # what is told of one invitation, or in one batch, tells the same few instants again and again
def rfc3339(at: Instant) -> str:
    """Write `at` as RFC 3339 in UTC with milliseconds, e.g. `2026-11-22T09:30:00.000Z`."""
    return (_EPOCH_IN_UTC + timedelta(milliseconds=at)).isoformat(timespec="milliseconds") + "Z"
