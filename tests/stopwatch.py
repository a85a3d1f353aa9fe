"""Takes the time of what must not take long, less the stretches in which the machine let nobody of this process run."""

from __future__ import annotations

import threading
import time
from typing import Self

PACE = 0.01
"""Seconds between two looks of the witness: a thread that should be awake then, and tells how late it was."""


class Stopwatch:
    """`seconds` is how long the block took.

    A witness that is late while this process used no processor was held up by the machine, and so was everybody else
    here: that is taken off. Who computes for long, or waits for something, gets nothing off.
    """

    seconds = 0.0

    def __enter__(self) -> Self:
        self._over, self._lost, self._began = threading.Event(), 0.0, time.monotonic()
        self._witness = threading.Thread(target=self._watch, name="witness", daemon=True)
        self._witness.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._witness.join()
        self.seconds = time.monotonic() - self._began - self._lost

    def _watch(self) -> None:
        over = False
        while not over:
            began, used = time.monotonic(), time.process_time()
            over = self._over.wait(PACE)
            late = time.monotonic() - began - PACE - (time.process_time() - used)
            if late > PACE:
                self._lost += late
