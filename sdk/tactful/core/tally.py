"""Counts touchpoint calls in bounded memory, and cuts the counts into reports that fit a request."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from tactful_rules.model.ids import Instant, rfc3339

MAX_ROWS = 2000
MAX_PARAMS = 100
MAX_REPORT_BYTES = 48 * 1024
"""A request may have 64 KiB; a row is never cut."""
_LARGEST = 1e150
"""The square of a larger number is not finite."""


class Spread(Struct):
    """Numbers of one param, summed up."""

    count: int
    sum: float
    sum_squares: float
    min: float
    max: float


class Row(Struct):
    """How often one touchpoint had one outcome."""

    touchpoint: str
    reason: str
    count: int = 0
    params: dict[str, Spread] = {}


class Tally:
    """Counts by touchpoint and reason; `dropped` counts the calls that found no room."""

    def __init__(self, since: Instant) -> None:
        self.since = since
        self.dropped = 0
        self._rows: dict[tuple[str, str], Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def count(self, touchpoint: str, reason: str, numbers: Mapping[str, float]) -> None:
        """Count one call with its declared numbers."""
        row = self._rows.get((touchpoint, reason))
        if row is None:
            if len(self._rows) >= MAX_ROWS:
                self.dropped += 1
                return
            row = self._rows[touchpoint, reason] = Row(touchpoint, reason)
        row.count += 1
        spreads = row.params
        for path, value in numbers.items():
            if -_LARGEST <= value <= _LARGEST:
                spread = spreads.get(path)
                if spread is not None:
                    spread.count += 1
                    spread.sum += value
                    spread.sum_squares += value * value
                    if value < spread.min:  # `min()` costs three times as much, at every call of an app
                        spread.min = value
                    elif value > spread.max:
                        spread.max = value
                elif len(spreads) < MAX_PARAMS:
                    spreads[path] = Spread(1, value, value * value, value, value)

    def cut(self, report_id: str, now: Instant) -> bytes:
        """Take as many rows out as fit one report, and give its body."""
        rows: list[msgspec.Raw] = []
        size = 0
        for key, row in list(self._rows.items()):
            encoded = msgspec.json.encode(row)
            if rows and size + len(encoded) > MAX_REPORT_BYTES:
                break
            rows.append(msgspec.Raw(encoded))
            size += len(encoded)
            del self._rows[key]
        until = max(now, self.since)  # where the clock stepped back: the gateway refuses what ends before it began
        body = {"id": report_id, "since": rfc3339(self.since), "until": rfc3339(until), "touchpoints": rows}
        if not self._rows:
            self.since = now
        return msgspec.json.encode(body)
