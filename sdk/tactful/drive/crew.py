"""Runs blocking calls under a deadline: the caller leaves in time whatever the call does, even inside a DNS lookup.

A timeout of httpx or a socket counts for one operation, and a name lookup has none; only another thread can be left.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from tactful.core.answers import no_answer
from tactful.drive.bell import Bell
from tactful.transport import Response, TransportError

SIZE = 32
"""Most calls under way at once, those that were left included; further ones wait, within their deadline."""

Task = Callable[[], Response]


class _Job:
    __slots__ = ("abandoned", "done", "outcome", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        self.done = Bell()
        self.outcome: Response | Exception | None = None
        self.abandoned = False

    def perform(self) -> None:
        try:
            self.outcome = self.task()
        except Exception as error:  # noqa: BLE001 - handed to the caller, whatever it is
            self.outcome = error
        self.done.ring()


class Crew:
    """Daemon threads, started as they are needed and kept."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        # Looked up here, not at import: gevent replaces it, with gunicorn's preload only in the forked worker.
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        # One that its holder may take again, and never held while a thread starts: see `bell.py`.
        self._lock = threading.RLock()
        self._threads = 0
        self._free = 0  # below 0: that many jobs wait for a thread

    def run(self, task: Task, timeout: float) -> Response:
        """Give what `task` gives or raise what it raises; raises `TransportError` after `timeout` seconds."""
        job = _Job(task)
        if self._staff():
            self._jobs.put(job)
            if not job.done.wait(timeout):
                job.abandoned = True
                raise no_answer(timeout)
        else:
            job.perform()
        if isinstance(job.outcome, Response):
            return job.outcome
        raise job.outcome or TransportError("the connection was closed")

    def close(self) -> None:
        """Let the threads end when they have nothing to do."""
        with self._lock:
            threads, self._threads, self._free = self._threads, 0, 0
        for _ in range(threads):
            self._jobs.put(None)

    def _staff(self) -> bool:
        """See to a thread for one more job; False when there is none and none can be started any more."""
        with self._lock:
            self._free -= 1
            if self._free >= 0 or self._threads >= self._size:
                return True
            self._threads += 1
            self._free += 1
        try:
            threading.Thread(target=self._work, name="tactful-call", daemon=True).start()
        except RuntimeError:  # the interpreter is shutting down
            return self._make_do()
        return True

    def _make_do(self) -> bool:
        """Take back a thread that could not be started; tell whether another one will take the job."""
        with self._lock:
            self._threads -= 1
            if self._threads:
                self._free -= 1
            return self._threads > 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.abandoned:
                job.perform()
            del job  # the next one may be long in coming; its answer must not be kept until then
            with self._lock:
                self._free += 1
