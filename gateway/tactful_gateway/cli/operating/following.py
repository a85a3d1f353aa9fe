"""Watches a sink while it follows an order, until that is done or can't be for now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tactful_gateway.cli.remote.client import RefusedError, RemoteError
from tactful_gateway.http.operating.wire import SinkView

EVERY = 0.3
"""Seconds between two looks."""
LINES_EVERY = 10.0
"""Seconds between two lines that say how far it is, where there is no terminal to move a bar on."""
PATIENCE = 60.0
"""Seconds that are waited for a sink's next try, for an order to be taken up, and for a gateway that is away."""

Look = Callable[[], SinkView]
Show = Callable[[int, str], None]


class StuckError(Exception):
    """The sink can't go on now; the message says why, and when it does."""


class Aim:
    """What is waited for: `done` of `total` are dealt with once `order` is taken up."""

    def __init__(self, order: int, total: int, done: Callable[[SinkView], int]) -> None:
        self.order = order
        self.total = total
        self._done = done

    def reached(self, sink: SinkView) -> int:
        """Give how many are dealt with; none before the order is taken up."""
        return max(0, min(self.total, self._done(sink))) if sink.order >= self.order else 0

    def is_met(self, sink: SinkView) -> bool:
        """Tell whether nothing more is to be waited for."""
        return sink.order >= self.order and self.reached(sink) == self.total


def follow(look: Look, aim: Aim, aside: Console, what: str) -> SinkView:
    """Wait until the aim is met, showing how it goes; gives the sink as it is then.

    Raises:
        StuckError: the sink was stopped, waits for long, or nobody takes the order up.
        RemoteError: the gateway was away for too long, or refuses.
    """
    given = heard = time.monotonic()
    with _showing(aside, what, aim.total) as show:
        while True:
            try:
                sink, heard = look(), time.monotonic()
            except RefusedError:
                raise
            except RemoteError:
                if time.monotonic() - heard > PATIENCE:
                    raise
                show(0, "the gateway does not answer")
            else:
                if aim.is_met(sink):
                    return sink
                _refuse_to_wait(sink, aim, time.monotonic() - given)
                show(aim.reached(sink), sink.error)
            time.sleep(EVERY)


def _refuse_to_wait(sink: SinkView, aim: Aim, waited: float) -> None:
    if sink.order < aim.order:
        if waited > PATIENCE:
            raise StuckError(f"no gateway delivers to {sink.id} now; whichever does next follows the order")
        return
    if sink.state == "stopped":
        raise StuckError(f"{sink.id} is stopped: {sink.error}")
    if sink.next_try is not None:
        wait = (datetime.fromisoformat(sink.next_try) - datetime.now(UTC)).total_seconds()
        if wait > PATIENCE:
            raise StuckError(f"{sink.id} fails: {sink.error}. It is tried again at {sink.next_try}, by itself")


@contextmanager
def _showing(aside: Console, what: str, total: int) -> Iterator[Show]:
    """Give what moves a progress bar, or prints a line now and then; it may go back: what is new comes in between."""
    if not aside.is_terminal:
        yield _Lines(aside, what, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[error]}"), console=aside, transient=True) as progress:
        task = progress.add_task(what, total=total, error="")
        yield lambda done, error: progress.update(task, completed=done, error=error)


class _Lines:
    """Prints how far something is, not more often than anybody wants to read."""

    def __init__(self, aside: Console, what: str, total: int) -> None:
        self._aside = aside
        self._what = what
        self._total = total
        self._printed = time.monotonic()

    def __call__(self, done: int, error: str) -> None:
        if time.monotonic() - self._printed < LINES_EVERY:
            return
        self._printed = time.monotonic()
        self._aside.print(f"{self._what}: {done:,} of {self._total:,}{f'; {error}' if error else ''}")
