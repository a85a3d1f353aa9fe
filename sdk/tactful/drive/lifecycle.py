"""Flushes what is left when the interpreter exits: all clients together get two seconds.

A child of `multiprocessing` ends without the interpreter's exit functions (up to Python 3.13), so it gets a finalizer.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
import weakref
from typing import Protocol

AT_EXIT = 2.0
LAST = -1000
"""The priority of a finalizer that runs after all others: they may still call touchpoints."""


class Leaving(Protocol):
    """A client that may have something left to send."""

    def leave(self, timeout: float) -> None:
        """Send it within `timeout` seconds and end."""


_clients: dict[int, weakref.ref[Leaving]] = {}
_ends_with: int | None = None


def watch(client: Leaving) -> None:
    """Remember a client until it is closed or gone."""
    number = id(client)
    _clients[number] = weakref.ref(client, lambda _: _clients.pop(number, None))


def forget(client: Leaving) -> None:
    """Note that a client was closed."""
    _clients.pop(id(client), None)


def end_with_process() -> None:
    """See to it that this process flushes at its end; to be called in each process that may have something to send."""
    global _ends_with  # noqa: PLW0603 - one finalizer a process
    util = sys.modules.get("multiprocessing.util")  # every child of it has this loaded
    if util is None or _ends_with == os.getpid():
        return
    _ends_with = os.getpid()
    util.Finalize(None, _leave, exitpriority=LAST)
    # A child drops the finalizers it finds, even its own of modules that were imported to get at what it is to do.
    util.register_after_fork(end_with_process, _end_with_child)


def _end_with_child(_: object) -> None:
    global _ends_with  # noqa: PLW0603 - the same
    _ends_with = None
    end_with_process()


def living() -> list[Leaving]:
    """Give the clients of this process that are neither closed nor gone."""
    return [client for client in (reference() for reference in list(_clients.values())) if client is not None]


@atexit.register
def _leave() -> None:
    deadline = time.monotonic() + AT_EXIT
    for client in living():
        try:
            client.leave(max(deadline - time.monotonic(), 0.0))
        except Exception:
            logging.getLogger("tactful").exception("Tactful could not flush at exit.")
