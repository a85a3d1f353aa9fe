"""Flushes what is left when the interpreter exits: all clients together get two seconds."""

from __future__ import annotations

import atexit
import logging
import time
import weakref
from typing import Protocol

AT_EXIT = 2.0


class Leaving(Protocol):
    """A client that may have something left to send."""

    def leave(self, timeout: float) -> None:
        """Send it within `timeout` seconds and end."""


_clients: dict[int, weakref.ref[Leaving]] = {}


def watch(client: Leaving) -> None:
    """Remember a client until it is closed or gone."""
    number = id(client)
    _clients[number] = weakref.ref(client, lambda _: _clients.pop(number, None))


def forget(client: Leaving) -> None:
    """Note that a client was closed."""
    _clients.pop(id(client), None)


@atexit.register
def _leave() -> None:
    deadline = time.monotonic() + AT_EXIT
    for reference in list(_clients.values()):
        client = reference()
        if client is None:
            continue
        try:
            client.leave(max(deadline - time.monotonic(), 0.0))
        except Exception:
            logging.getLogger("tactful").exception("Tactful could not flush at exit.")
