"""One daemon thread for a sink's blocking work, done strictly in order.

Not the loop's default executor: a write that hangs for ever (a full pipe, a dead network file system) would take one of
its few threads, and the interpreter would wait for it at exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Runs blocking calls one after the other beside the event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, call: Callable[..., T], *args: object) -> T:
        """Give what `call(*args)` returns or raises; a cancelled wait leaves the call running to its end."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(lambda: _settle(loop, done, call, args))
        return await done

    def stop(self) -> None:
        """Let the thread end after the calls that were put in before."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _settle(
    loop: asyncio.AbstractEventLoop, done: asyncio.Future[Any], call: Callable[..., Any], args: tuple[object, ...]
) -> None:
    outcome: Callable[[], None]
    try:
        result = call(*args)
    except BaseException as error:  # noqa: BLE001 - handed to the waiter, whatever it is
        outcome = _setter(done, done.set_exception, error)
    else:
        outcome = _setter(done, done.set_result, result)
    with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
        loop.call_soon_threadsafe(outcome)


def _setter(done: asyncio.Future[Any], setter: Callable[[Any], None], value: object) -> Callable[[], None]:
    def apply() -> None:
        if not done.done():
            setter(value)

    return apply
