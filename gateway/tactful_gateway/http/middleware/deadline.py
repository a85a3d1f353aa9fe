"""One time limit for many short waits, nearly all of which are over at once: those cost next to nothing.

`asyncio.timeout` sets a timer a wait, which cost a tenth of a saved response. Here all waits share one timer; they may
last a quarter longer than the limit. Whoever begins to work first, and finds that there is nothing to wait for, needs
none of it: `resumed` is for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")
LOOKS = 4
"""How often, within one limit, somebody looks for waits that are over theirs."""


class Deadline:
    """Lets each task wait for at most `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watched: asyncio.AbstractEventLoop | None = None

    async def wait(self, work: Awaitable[T]) -> T:
        """Give what `work` gives, which is known to take some time.

        Raises:
            TimeoutError: it took too long, and was cancelled.
        """
        # The loop seen last has a current task only while it runs. Asking which one runs is a system call each time.
        loop = self._loop
        task = None if loop is None else asyncio.current_task(loop)
        if loop is None or task is None:
            loop = self._loop = asyncio.get_running_loop()
            task = asyncio.current_task(loop)
        assert task is not None
        if self._watched is not loop:  # another one than before where a host runs one loop after the other
            self._watch(loop)
        before = task.cancelling()
        self._since[task] = loop.time()
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._late or task.uncancel() > before:  # somebody else cancelled it too
                raise
            raise TimeoutError from None
        finally:
            self._since.pop(task, None)
            self._late.discard(task)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._watched is not None:  # what still waits in a loop that is gone is nobody's any more
            self._since.clear()
            self._late.clear()
        self._watched = loop
        loop.call_later(self._seconds / LOOKS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        latest = loop.time() - self._seconds
        for task, since in self._since.items():
            if since <= latest and task not in self._late:
                self._late.add(task)
                task.cancel()
        self._watched = None
        if self._since:
            self._watch(loop)


@coroutine
def resumed(work: Coroutine[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    """Go on with a coroutine that has begun, and awaits something."""
    while True:
        try:
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001 - it is for the coroutine to say what comes of it
                awaited = work.throw(error)
            else:
                awaited = work.send(sent)
        except StopIteration as done:
            result: T = done.value
            return result
