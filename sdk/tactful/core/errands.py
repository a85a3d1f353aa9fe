"""What the SDK does in the background: which request is next, when, and what its outcome means."""

from __future__ import annotations

import logging
from typing import Literal

from msgspec import Struct

from tactful.core.answers import Failure, Outcome, read_decision, read_failure
from tactful.core.outbox import Queued
from tactful.core.parts import Parts
from tactful.transport import Request, Response
from tactful_rules.gate_json import ALL

PATIENCE = 5.0
"""Seconds that a background request may take: nobody waits for it."""

NAMED = 5
"""Most rules that one log line names."""


class Errand(Struct, frozen=True):
    """One background request; hand its outcome to `Errands.finish`."""

    kind: Literal["ruleset", "touchpoint", "report"]
    request: Request
    timeout: float
    queued: Queued | None = None


class Done(Struct, frozen=True):
    """What came of an errand: whether it succeeded, and the ruleset file to keep when there is a new one."""

    ok: bool
    save: bytes | None = None


class Errands:
    """Gives out one errand at a time to the thread or task that drives the background."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def next(self) -> Errand | float:
        """Give the next errand, or the seconds until there may be one."""
        parts = self._parts
        now = parts.sources.tick()
        with parts.lock:
            circuit = parts.circuit
            if circuit.state == "open":
                return self._look() if circuit.probe_due(now) else circuit.until - now
            if now >= parts.cache.next_look:
                return self._look()
            errand = self._send(now) if parts.outbox.ready(now) else None
            if errand is not None:
                return errand
            if parts.reporter.due(now):
                return self._report()
            return max(min(parts.cache.next_look - now, parts.reporter.wait(now), parts.outbox.wait(now)), 0.0)

    def next_of_drain(self) -> Errand | None:
        """Give the next thing that must leave before the end, whatever the circuit says, or None when all has left."""
        parts = self._parts
        with parts.lock:
            errand = self._send(parts.sources.tick())
            if errand is not None:
                return errand
            return self._report() if parts.reporter.has_work else None

    def has_work(self) -> bool:
        """Tell whether anything is queued or counted that the gateway does not know yet."""
        with self._parts.lock:
            return self._parts.outbox.has_work or self._parts.reporter.has_work

    def finish(self, errand: Errand, outcome: Outcome) -> Done:
        """Take in the outcome of an errand."""
        if errand.kind == "ruleset":
            return self._looked(outcome)
        if errand.kind == "report":
            return self._reported(errand.request.body, outcome)
        assert errand.queued is not None
        return self._sent(errand.queued, outcome)

    def put_back(self, errand: Errand) -> None:
        """Take back an errand that was cancelled on its way, because its event loop ended.

        It is not given out at once: the next loop may be as short, and each would send it in vain.
        """
        parts = self._parts
        now = parts.sources.tick()
        with parts.lock:
            if errand.kind == "report":
                parts.reporter.postponed(errand.request.body, now, None)
            elif errand.queued is not None:
                parts.outbox.put_back(errand.queued, now, None)
            else:
                error = "the event loop ended before the ruleset had come"
                parts.cache.failed(error, now, parts.sources.jitter())

    def note_failure(self, failure: Failure, touchpoint: str) -> None:
        """Let a failed touchpoint call open the circuit, and say so once."""
        parts = self._parts
        now = parts.sources.tick()
        with parts.lock:
            if failure.passing:
                parts.circuit.failed(now, parts.sources.jitter(), failure.retry_after)
            else:
                parts.circuit.succeeded()
        self._complain(failure, f"touchpoint {touchpoint}")

    def note_success(self) -> None:
        """Note that the gateway decides, and let the next outage be said again."""
        self._parts.reached = True
        self._parts.complaints.forget("down")

    def _look(self) -> Errand:
        parts = self._parts
        return Errand("ruleset", parts.cache.request(parts.headers), self._patience())

    def _send(self, now: float) -> Errand | None:
        parts = self._parts
        item = parts.outbox.take(now)
        if item is None:
            return None
        request = Request("POST", "/v1/touchpoints", parts.json_headers, item.body)
        return Errand("touchpoint", request, self._patience(), item)

    def _report(self) -> Errand:
        parts = self._parts
        request = parts.reporter.request(parts.json_headers, parts.new_id, parts.sources.wall())
        return Errand("report", request, self._patience())

    def _patience(self) -> float:
        return max(PATIENCE, self._parts.options.timeout)

    def _looked(self, outcome: Outcome) -> Done:
        parts = self._parts
        now, wall, jitter = parts.sources.tick(), parts.sources.wall(), parts.sources.jitter()
        failure = read_failure(outcome)
        if failure is not None:
            parts.cache.failed(str(failure.error), now, jitter)
            with parts.lock:
                self._count_down(failure, outcome, now)
            self._complain(failure, "ruleset")
            return Done(ok=False)
        assert isinstance(outcome, Response)
        try:
            saved = parts.cache.receive(outcome, now, wall, jitter)  # only the background writes it: no lock
        except ValueError as error:
            parts.cache.failed(str(error), now, jitter)
            with parts.lock:
                parts.circuit.probed(now)
            parts.complaints.once(logging.WARNING, ("garbage",), "The last good ruleset stays in force: %s", error)
            return Done(ok=False)
        with parts.lock:
            parts.circuit.probed(now)
            parts.reached = True
        self._complain_of_age(parts.cache.not_understood)
        return Done(ok=True, save=saved)

    def _reported(self, body: bytes, outcome: Outcome) -> Done:
        parts = self._parts
        now = parts.sources.tick()
        failure = read_failure(outcome)
        with parts.lock:
            if failure is None:
                parts.reporter.arrived(body, now)
                parts.circuit.probed(now)
            elif not failure.passing:
                parts.reporter.refused(body, now)
                parts.circuit.probed(now)
            else:
                parts.reporter.postponed(body, now, failure.retry_after)
                self._count_down(failure, outcome, now)
        if failure is not None:
            self._complain(failure, "report")
        return Done(ok=failure is None or not failure.passing)

    def _sent(self, item: Queued, outcome: Outcome) -> Done:
        parts = self._parts
        now = parts.sources.tick()
        result = read_decision(outcome)
        if isinstance(result, Failure):
            with parts.lock:
                if result.passing:
                    parts.outbox.put_back(item, now, result.retry_after)
                    self._count_down(result, outcome, now)
                else:
                    parts.outbox.refused()
                    parts.reporter.tally.count(item.touchpoint, "unavailable", item.numbers)
            self._complain(result, f"touchpoint {item.touchpoint}")
            return Done(ok=not result.passing)
        with parts.lock:
            parts.outbox.answered()
            parts.circuit.succeeded()
            parts.reporter.tally.count(item.touchpoint, result.reason, item.numbers)
        self.note_success()
        parts.strangers.note_rejected(item.touchpoint, result.rejected_params)
        return Done(ok=True)

    def _count_down(self, failure: Failure, outcome: Outcome, now: float) -> None:
        """Open the circuit when it is the whole gateway that fails; one broken endpoint does not stop the others."""
        if not failure.passing:
            self._parts.circuit.probed(now)
            return
        whole = isinstance(outcome, Exception) or failure.key_refused or outcome.status in {429, 503}
        if whole or self._parts.circuit.state == "open":
            self._parts.circuit.failed(now, self._parts.sources.jitter(), failure.retry_after)

    def _complain_of_age(self, names: tuple[str, ...]) -> None:
        """Say that the gateway is ahead of this SDK, once until that has ended."""
        say = self._parts.complaints
        if not names:
            say.forget("age")
        elif names == (ALL,):
            message = "The ruleset is in a format this SDK is too old for: every touchpoint asks the gateway. Upgrade."
            say.once(logging.WARNING, ("age",), message)
        else:
            message = "This SDK is too old for some rules (%s; %d in all): there touchpoints ask the gateway. Upgrade."
            say.once(logging.WARNING, ("age",), message, ", ".join(names[:NAMED]), len(names))

    def _complain(self, failure: Failure, about: str) -> None:
        say = self._parts.complaints.once
        url = self._parts.options.gateway
        if failure.key_refused:
            say(logging.ERROR, ("key",), "The key for %s was refused: %s", url, failure.error)
        elif failure.passing:
            told = str(failure.error)
            stop = "" if told.endswith((".", "?", "!")) else "."
            message = "No answer from %s (%s): %s%s Nobody is asked until it is back."
            say(logging.WARNING, ("down",), message, url, about, told, stop)
        else:
            say(logging.ERROR, ("refused", about, str(failure.error)[:80]), "%s: %s (%s)", url, failure.error, about)
