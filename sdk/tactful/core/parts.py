"""What the two halves of the core share, and the one lock over it; a forked process gets new parts, never this lock."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from random import SystemRandom

from msgspec import Struct

from tactful.core.circuit import Circuit
from tactful.core.complaints import Complaints
from tactful.core.event.ids import EventIds
from tactful.core.outbox import Outbox
from tactful.core.reporter import Reporter
from tactful.core.rules import RulesetCache
from tactful.core.strangers import Strangers
from tactful.options import Options
from tactful.status import Status
from tactful_rules.model.ids import Instant

LONGEST_WAIT = 86400.0
"""Seconds; the operating system refuses to wait much longer."""


def _wall() -> Instant:
    return time.time_ns() // 1_000_000


class Sources(Struct, frozen=True):
    """Time and randomness as arguments: seconds of a monotonic clock, milliseconds of the wall clock, bytes, [0, 1).

    The host's `random` is its own: who seeds it wants the same numbers again, whatever our threads do meanwhile.
    """

    tick: Callable[[], float] = time.monotonic
    wall: Callable[[], Instant] = _wall
    entropy: Callable[[int], bytes] = os.urandom
    jitter: Callable[[], float] = SystemRandom().random


class Parts:
    """The mutable state of one process (or event loop); take `lock` around every use of a part, for microseconds."""

    def __init__(self, options: Options, sources: Sources, cache: RulesetCache | None = None) -> None:
        self.options = options
        self.sources = sources
        # One that its holder may take again: a signal handler or a finalizer of the app may call a touchpoint while its
        # thread is in here, and would wait for itself for ever.
        self.lock = threading.RLock()
        self.cache = cache or RulesetCache(options.refresh)
        self.circuit = Circuit()
        self.outbox = Outbox(options.queue_size)
        self.reporter = Reporter(options.report_every, sources.tick(), sources.wall(), sources.jitter())
        self.complaints = Complaints()
        self.strangers = Strangers(self.complaints)
        self.closed = False
        self.reached = False
        """Whether this process has had a ruleset or a decision from the gateway itself."""
        self.event_ids = EventIds(sources.entropy)
        self.headers = {"authorization": f"Bearer {options.key}", "accept": "application/json"}
        self.json_headers = self.headers | {"content-type": "application/json"}

    def successor(self) -> Parts:
        """Give parts for a forked process: the same rules, and nothing that the parent will send itself."""
        return Parts(self.options, self.sources, self.cache.successor())

    @staticmethod
    def waiting(seconds: float) -> float:
        """Give the seconds to wait in a form that every clock takes; what is no number at all raises `TypeError`."""
        return min(seconds, LONGEST_WAIT) if seconds > 0 else 0.0  # not a number compares as False

    def new_id(self) -> str:
        """Make a UUIDv7."""
        with self.lock:
            return self.event_ids.make(self.sources.wall())

    @property
    def ready(self) -> bool:
        """Whether the gateway was there when it was last tried."""
        return self.reached and not self.closed and self.circuit.state != "open"

    def status(self) -> Status:
        """Sum up how things stand."""
        with self.lock:
            fetched = self.cache.fetched_at
            return Status(
                state="closed" if self.closed else "on" if self.options.enabled else "off",
                version=self.cache.version,
                rules_age=None if fetched is None else max(self.sources.wall() - fetched, 0) / 1000,
                last_error=self.cache.last_error,
                circuit=self.circuit.state,
                queued=len(self.outbox),
                dropped=self.outbox.dropped,
                uncounted=self.reporter.tally.dropped,
                not_understood=self.cache.not_understood,
            )
