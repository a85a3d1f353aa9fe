"""Tries letters again that somebody asked for, each by its own schedule: they are in no order, and hold up nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import structlog
from msgspec.structs import replace

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.handing import Handing, Outcome
from tactful_gateway.consumers.progress import Progress
from tactful_gateway.retry import wait_after
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.store.base import Store
from tactful_gateway.store.records import DeadLetter
from tactful_rules.model.ids import DAY, Span, to_instant

NOTHING: Span = DAY
"""The wait when there is nothing to do: somebody will call."""

log = structlog.get_logger()


class Letters:
    """The letters of one sink that are to be tried again."""

    def __init__(
        self, store: Store, progress: Progress, handing: Handing, clock: Clock, rng: Callable[[], float]
    ) -> None:
        self._store = store
        self._progress = progress
        self._handing = handing
        self._clock = clock
        self._rng = rng

    async def turn(self) -> Span:
        """Try what is due, at most a batch; gives how long there is nothing to do."""
        count, now = self._progress.letters, self._clock.now()
        if not count.waiting:
            return NOTHING
        due = max(count.due or 0, self._handing.circuit.until or 0)
        if due > now:
            return due - now
        letters = await self._store.due_letters(self._progress.name, now, self._handing.batch)
        if not letters:
            await self._progress.count_letters()
            return max(0, (self._progress.letters.due or now + NOTHING) - now)
        await self._try(letters[:1] if letters[0].tries else letters)
        return 0

    async def _try(self, letters: Sequence[DeadLetter]) -> None:
        outcome = await self._handing.hand([_delivery(letter) for letter in letters])
        if outcome.result == "arrived":
            await self._progress.settle(letters)
        elif outcome.result == "gone":
            log.error("sink_stopped", consumer=self._progress.name)
            await self._progress.halt(outcome.error)
        elif outcome.result == "failed":
            await self._progress.put_back([self._after_failure(letter, outcome) for letter in letters])
        elif len(letters) == 1:
            await self._progress.put_back([_again_dead(letters[0], outcome)])
        else:
            for letter in letters:  # only the refused one is to blame
                await self._try([letter])
                if self._progress.cursor.stopped:
                    return

    def _after_failure(self, letter: DeadLetter, outcome: Outcome) -> DeadLetter:
        wait = wait_after(letter.tries + 1, self._rng(), outcome.wish)
        if wait is None:
            return _again_dead(letter, outcome)
        due = self._clock.now() + wait
        return replace(letter, attempts=letter.attempts + 1, tries=letter.tries + 1, due=due, error=outcome.error)


def _again_dead(letter: DeadLetter, outcome: Outcome) -> DeadLetter:
    return replace(letter, attempts=letter.attempts + 1, tries=0, due=None, error=outcome.error, answer=outcome.answer)


class _Event(msgspec.Struct):
    type: str
    time: str
    subject: str = ""


_decode = msgspec.json.Decoder(_Event).decode


def _delivery(letter: DeadLetter) -> Delivery:
    event = _decode(letter.body)
    at = to_instant(datetime.fromisoformat(event.time))
    return Delivery(letter.seq, letter.event_id, event.type, event.subject, at, letter.body)
