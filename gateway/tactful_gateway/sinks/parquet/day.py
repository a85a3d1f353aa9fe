"""The day in whose folder an event is: the one it happened on, which for feedback is not the one it was told on.

Years of reviews may be imported in a minute; a query by day is to find each of them where somebody wrote it. No
feedback is from before 1970, which bounds the folders.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from tactful_gateway.sinks.base import Delivery
from tactful_rules.model.ids import to_datetime

_FEEDBACK = "tactful.feedback.received"


class _Moments(Struct):
    answered_at: datetime | None = None


class _Data(Struct):
    timings: _Moments = msgspec.field(default_factory=_Moments)


class _Feedback(_Moments):
    """Feedback in any shape that has columns: `flat` says it at the top, the event as it is in `data.timings`."""

    data: _Data = msgspec.field(default_factory=_Data)


def day_of(delivery: Delivery) -> str:
    """Give the day in UTC, as `2026-11-22`."""
    happened = None
    if delivery.type == _FEEDBACK:
        told = msgspec.json.decode(delivery.body, type=_Feedback)
        happened = told.answered_at or told.data.timings.answered_at
    return (happened or to_datetime(delivery.at)).date().isoformat()
