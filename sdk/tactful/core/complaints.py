"""Log lines, each said once: a call site that is wrong is called a thousand times a second.

Nothing is logged while a lock is held, because a log handler may itself call a touchpoint.
"""

from __future__ import annotations

import logging
import sys
from types import FrameType

MAX_SAID = 1000
_PACKAGE = __name__.partition(".")[0]

logger = logging.getLogger("tactful")


class Complaints:
    """Remembers what was said; over `MAX_SAID` different things it stays silent."""

    def __init__(self) -> None:
        self._said: set[tuple[str, ...]] = set()

    def once(self, level: int, key: tuple[str, ...], message: str, *values: object) -> None:
        """Log `message` unless something with this key was logged before."""
        if key in self._said or len(self._said) >= MAX_SAID:
            return
        self._said.add(key)
        logger.log(level, message, *values)

    def forget(self, *key: str) -> None:
        """Let it be said again: the state it is about has ended."""
        self._said.discard(key)


def call_site() -> str:
    """Give file and line of the nearest caller outside the SDK."""
    frame: FrameType | None = sys._getframe(1)  # the stack is walked on mistakes only
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame = frame.f_back
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
