"""Decides when a report goes and what it says; a report that got no answer goes again with the same id and body."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from tactful.core.tally import Row, Tally
from tactful.transport import Request
from tactful_rules.model.ids import Instant


class _Report(Struct, frozen=True):
    touchpoints: tuple[Row, ...]


_decode = msgspec.json.Decoder(_Report).decode


class Reporter:
    """Counts calls and holds at most one report on its way; seconds are those of a monotonic clock."""

    def __init__(self, every: float, now: float, wall: Instant, jitter: float) -> None:
        self.tally = Tally(wall)
        self.next_at = now + every * (0.8 + 0.4 * jitter)
        self._every = every
        self._pending: bytes | None = None
        self._more = False

    @property
    def has_work(self) -> bool:
        """Whether anything is counted or on its way."""
        return self._pending is not None or len(self.tally) > 0

    def due(self, now: float) -> bool:
        """Tell whether a report should go now."""
        return now >= self.next_at and self.has_work

    def wait(self, now: float) -> float:
        """Give the seconds until a report may be due."""
        if now >= self.next_at and not self.has_work:
            self.next_at = now + self._every
        return self.next_at - now

    def request(self, headers: dict[str, str], new_id: Callable[[], str], wall: Instant) -> Request:
        """Give the report to send: the one on its way, else a new one over what was counted."""
        if self._pending is None:
            self._pending = self.tally.cut(new_id(), wall)
            self._more = len(self.tally) > 0
        return Request("POST", "/v1/reports", headers, self._pending)

    def arrived(self, body: bytes, now: float) -> None:
        """Note that this report is kept by the gateway; the answer to an earlier one, sent twice, may come late."""
        if body == self._pending:
            self._pending = None
            self.next_at = now if self._more else now + self._every

    def refused(self, body: bytes, now: float) -> None:
        """Note that this report will never be kept; its calls stay uncounted."""
        if body == self._pending:
            self.tally.dropped += sum(row.count for row in _decode(body).touchpoints)
            self.arrived(body, now)

    def postponed(self, body: bytes, now: float, retry_after: float | None) -> None:
        """Note that this report got no answer."""
        if body == self._pending:
            self.next_at = now + max(self._every, retry_after or 0.0)
