"""Touchpoints that nobody waits for: kept in order, bounded in number and age, sent again until they are answered."""

from __future__ import annotations

from collections import deque

from msgspec import Struct

LIFE = 3600.0
"""Seconds after which a touchpoint that could not be delivered is dropped: an hour later the moment is gone."""
FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0


class Queued(Struct, frozen=True):
    """One touchpoint on its way; its event id makes sending it twice harmless."""

    touchpoint: str
    body: bytes
    numbers: dict[str, float]
    queued_at: float


class Outbox:
    """A queue of at most `size`; a full one drops the oldest, whose moment is furthest gone."""

    def __init__(self, size: int) -> None:
        self.dropped = 0
        self._size = size
        self._queue: deque[Queued] = deque()
        self._next_at = 0.0
        self._failures = 0
        self._away = 0
        """How many were taken out and have neither arrived nor come back."""

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def has_work(self) -> bool:
        """Whether anything waits or is on its way: what arrives has yet to be counted."""
        return bool(self._queue) or self._away > 0

    def put(self, item: Queued) -> None:
        """Queue a touchpoint."""
        self._queue.append(item)
        while len(self._queue) > self._size:
            self._queue.popleft()
            self.dropped += 1

    def take(self, now: float) -> Queued | None:
        """Take out the oldest that is still worth sending."""
        while self._queue:
            item = self._queue.popleft()
            if now - item.queued_at <= LIFE:
                self._away += 1
                return item
            self.dropped += 1
        return None

    def ready(self, now: float) -> bool:
        """Tell whether one should go now."""
        return bool(self._queue) and now >= self._next_at

    def wait(self, now: float) -> float:
        """Give the seconds until one may be ready."""
        return max(self._next_at - now, 0.0) if self._queue else LIFE

    def answered(self) -> None:
        """Note that the one taken out arrived."""
        self._away -= 1
        self._failures, self._next_at = 0, 0.0

    def refused(self) -> None:
        """Note that the one taken out will never be accepted."""
        self.dropped += 1
        self.answered()

    def put_back(self, item: Queued, now: float, retry_after: float | None) -> None:
        """Take back the one that got no answer, as the first to go again."""
        self._away -= 1
        wait = min(FIRST_RETRY * 2.0 ** min(self._failures, 10), LONGEST_RETRY)
        self._failures += 1
        self._next_at = now + max(wait, retry_after or 0.0)
        self._queue.appendleft(item)
        if len(self._queue) > self._size:
            self._queue.popleft()
            self.dropped += 1
