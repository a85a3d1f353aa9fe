"""The ruleset in the process: what was fetched last, how old it is, when to look again; an error never clears it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from tactful.core.event.declared import Declared
from tactful.transport import Request, Response
from tactful_rules.gate import Gate
from tactful_rules.gate_json import read_gate_ruleset
from tactful_rules.model.ids import Instant
from tactful_rules.model.ruleset import GateRuleset

LONGEST_REFRESH = 3600.0
FIRST_RETRY = 1.0
"""Seconds before another look while there is no ruleset at all; doubled up to the usual interval."""


class Saved(Struct, frozen=True):
    """What the file on disk holds: the gateway's bytes, their ETag and when they were last confirmed."""

    etag: str
    fetched_at: Instant
    ruleset: msgspec.Raw


class Rules:
    """One immutable ruleset, made ready."""

    def __init__(self, ruleset: GateRuleset) -> None:
        self.version = ruleset.version
        self.refresh = float(ruleset.refresh)
        self.gate = Gate(ruleset)
        self.declared = {name: Declared(name, params) for name, params in ruleset.touchpoints.items()}
        self.channels = None if ruleset.channels is None else frozenset(ruleset.channels)


class RulesetCache:
    """Keeps the last good ruleset; seconds are those of a monotonic clock, instants the wall clock's."""

    def __init__(self, every: float) -> None:
        self.rules: Rules | None = None
        self.version: str | None = None
        self.fetched_at: Instant | None = None
        self.not_understood: tuple[str, ...] = ()
        """What this SDK is too old for: ids of rules, or `ALL`."""
        self.last_error: str | None = None
        self.next_look = 0.0
        self._every = every
        self._etag: str | None = None
        self._errors = 0

    def successor(self) -> RulesetCache:
        """Give a cache for a forked process: the same rules, looked at again at once."""
        other = RulesetCache(self._every)
        other.rules, other.version, other.fetched_at = self.rules, self.version, self.fetched_at
        other.not_understood, other._etag = self.not_understood, self._etag
        return other

    def request(self, headers: dict[str, str]) -> Request:
        """Give the request that looks for a newer ruleset."""
        if self._etag is not None:
            headers = headers | {"if-none-match": self._etag}
        return Request("GET", "/v1/ruleset", headers)

    def receive(self, response: Response, now: float, wall: Instant, jitter: float) -> bytes | None:
        """Take a 200 or 304 in; give the file to keep when there is a new ruleset.

        Raises `ValueError` when a body makes no ruleset, and then keeps what it has.
        """
        fresh = None
        if response.status != 304:
            self._take(response.body)
            self._etag = response.headers.get("etag")
            fresh = msgspec.json.encode(Saved(self._etag or "", wall, msgspec.Raw(response.body)))
        elif self.version is None:
            raise ValueError("304 before there was a ruleset")
        self.fetched_at, self.last_error, self._errors = wall, None, 0
        self.next_look = now + self._interval() * (0.8 + 0.4 * jitter)
        return fresh

    def restore(self, content: bytes) -> None:
        """Take in what an earlier process kept; raises `ValueError` when it is no ruleset."""
        try:
            saved = msgspec.json.decode(content, type=Saved)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from None
        self._take(bytes(saved.ruleset))
        self._etag = saved.etag or None
        self.fetched_at = saved.fetched_at

    def failed(self, error: str, now: float, jitter: float) -> None:
        """Note that looking failed, and when to look again."""
        self.last_error = error
        wait = self._interval()
        if self.version is None:
            wait = min(FIRST_RETRY * 2.0 ** min(self._errors, 10), wait)
        self._errors += 1
        self.next_look = now + wait * (0.8 + 0.4 * jitter)

    def _interval(self) -> float:
        asked = self.rules.refresh if self.rules is not None else 0.0
        return min(max(self._every, asked), max(self._every, LONGEST_REFRESH))

    def _take(self, body: bytes) -> None:
        read = read_gate_ruleset(body)
        try:
            self.rules = None if read.ruleset is None else Rules(read.ruleset)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"this ruleset cannot be made ready: {error}") from None
        self.version, self.not_understood = read.version, read.not_understood
