"""What an HTTP answer means: success, try again, refused for good, or gone. Pure."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn

from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_rules.model.ids import SECOND, Instant, Span, to_instant

ANSWER_LIMIT = 20_000
"""How many bytes of an answer are read and kept."""
_TRY_AGAIN = frozenset({408, 425, 429})
_NOBODY = frozenset({401, 402})
"""Our credentials or our account are refused, and so is whatever we send."""


def judge(status: int, retry_after: str | None, answer: bytes, now: Instant) -> None:
    """Return for a 2xx status; all else is refused.

    Raises:
        TransientError, GoneError, PermanentError: as `refuse`.
    """
    if not 200 <= status < 300:
        refuse(status, retry_after, answer, now)


def refuse(status: int, retry_after: str | None, answer: bytes, now: Instant) -> NoReturn:
    """Raise what a status means that is no success; redirects are not followed.

    Raises:
        TransientError: 408, 425, 429, any 5xx, any 3xx.
        GoneError: 410.
        PermanentError: anything else, with the answer; not `alone` for 401 and 402.
    """
    said, told = f"HTTP {status}{_phrase(status)}", answer[:ANSWER_LIMIT].decode("utf-8", "replace")
    if status == HTTPStatus.GONE:
        raise GoneError(f"{said}: the destination wants nothing more")
    if 300 <= status < 400:
        raise TransientError(f"{said}: redirects are not followed; change the `url`", answer=told)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.OK or status in _TRY_AGAIN:
        raise TransientError(said, read_retry_after(retry_after, now), told)
    raise PermanentError(said, told, alone=status not in _NOBODY)


def read_retry_after(text: str | None, now: Instant) -> Span | None:
    """Read seconds or an HTTP date (RFC 9110, section 10.2.3) as milliseconds from now; None when it is neither."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * SECOND
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, to_instant(moment) - now)


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
