"""What one thread waits for and another tells, made of bare locks, because a signal handler may call the SDK.

It runs in the main thread, wherever that is. `threading.Event` holds a lock while it is set and while a wait begins; a
handler that comes just then and needs the same event would wait for its own thread for ever.
"""

from __future__ import annotations

import threading
from contextlib import suppress


class Bell:
    """Rung, it wakes one who waits, now or later; ringing it twice before anybody hears it is ringing it once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake whoever waits."""
        with suppress(RuntimeError):  # it rings already
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        """Tell whether it rang, as soon as it does or after that many seconds."""
        return self._lock.acquire(timeout=max(seconds, 0.0))


class Latch:
    """Opened once, and open to everybody from then on."""

    __slots__ = ("_bell", "is_open")

    def __init__(self) -> None:
        self._bell = Bell()
        self.is_open = False

    def open(self) -> None:
        """Let everybody through."""
        self.is_open = True
        self._bell.ring()

    def wait(self, seconds: float) -> bool:
        """Tell whether it is open, as soon as it is or after that many seconds."""
        if not self.is_open and self._bell.wait(seconds):
            self._bell.ring()  # for the next one
        return self.is_open
