"""Sends batches of feedback to a gateway; one that is busy, or away for a while, is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from tactful_gateway.http.feedback.wire import FeedbackReceipt, FeedbackResult

PATIENCE = 300.0
"""Seconds without any answer that helps, after which an import ends; it goes on where it is started again."""
SLOWEST = 30.0
"""Longest wait between two tries, where the gateway does not ask for a longer one."""
QUIET = 1.0
"""Seconds that a batch may wait without a word about it."""


class Unavailable(Exception):  # noqa: N818 - no mistake yet: it is tried again
    """The gateway can't now; `retry_after` (seconds) is when to come again, None where it did not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GivenUpError(Exception):
    """The gateway could not for too long; the message says what it said last."""


class Post(Protocol):
    """Sends the body of one batch and gives the answer's.

    Raises (beside what can't be helped): Unavailable.
    """

    def __call__(self, body: bytes) -> bytes:
        """Send a body."""


class Waiting(Protocol):
    """Is told that a batch waits, once, and that the wait is over."""

    def __call__(self, why: str | None, seconds: float) -> None:
        """Tell why, and for how many seconds it is tried again; `why` is None when it was taken after all."""


class Sender:
    """Sends one batch after the other; `waiting` is told of waits that somebody who looks on would notice."""

    def __init__(
        self,
        post: Post,
        waiting: Waiting,
        *,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post = post
        self._waiting = waiting
        self._patience = patience
        self._sleep = sleep
        self._clock = clock

    def send(self, items: Sequence[msgspec.Raw]) -> Sequence[FeedbackResult]:
        """Send a batch, and give what came of each item.

        Raises:
            GivenUpError: the gateway could not, for longer than patience lasts.
        """
        body = msgspec.json.encode({"items": items})
        since, wait, told = self._clock(), 0.25, False
        while True:
            try:
                results = msgspec.json.decode(self._post(body), type=FeedbackReceipt).results
            except Unavailable as error:
                pause, waited = max(error.retry_after or 0.0, wait), self._clock() - since
                if waited + pause > self._patience:
                    raise GivenUpError(str(error)) from error
                if not told and waited + pause > QUIET:
                    self._waiting(str(error), self._patience - waited)
                    told = True
                self._sleep(pause)
                wait = min(wait * 2, SLOWEST)
            else:
                if told:
                    self._waiting(None, 0.0)
                return results
