"""The core behind both clients: a touchpoint call in, a decision or a request out; it sends nothing itself."""

from __future__ import annotations

import logging
from typing import Any

from msgspec import Struct

from tactful.context import CARRIED
from tactful.core.answers import Failure, Outcome, read_decision
from tactful.core.complaints import call_site
from tactful.core.errands import Errands
from tactful.core.event.call import Call, read_call
from tactful.core.local import Local
from tactful.core.outbox import Queued
from tactful.core.parts import Parts, Sources
from tactful.errors import InvalidCallError, NobodyError, TactfulError, UnavailableError
from tactful.options import Options
from tactful.transport import Request
from tactful_rules.model.decision import Decision, Reason
from tactful_rules.model.ids import is_id

STARTING = "the SDK was still starting; construct it at start-up, or call wait_ready()"
STALLED = "the app stood still meanwhile, so no answer could be heard; does something block its event loop?"
STALL = 0.1
"""Seconds; where a deadline is noticed that much later, this process was held up, whatever the gateway did."""


class Settled(Struct, frozen=True):
    """The end of a call: what the caller gets, and what was wrong when that is only a stand-in."""

    decision: Decision
    error: TactfulError | None = None


class Ticket(Struct, frozen=True):
    """A call that only the gateway can decide; hand its outcome to `Core.conclude`."""

    call: Call
    request: Request
    numbers: dict[str, float]
    rejected: tuple[str, ...]


class Core:
    """Everything of a client but its input and output; safe under threads."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.errands = Errands(parts)
        self.local = Local(parts)

    @classmethod
    def of(cls, options: Options) -> Core:
        """Give a core on the machine's clock and randomness."""
        return cls(Parts(options, Sources()))

    @property
    def off(self) -> bool:
        """Whether every call is answered `off`: disabled or closed."""
        return self.parts.closed or not self.parts.options.enabled

    def successor(self) -> Core:
        """Give the core for a forked process or another event loop."""
        return Core(self.parts.successor())

    def open(self, arguments: dict[str, Any], *, background: bool) -> Settled | Ticket:
        """Take a call in: settled when it is decided here or queued, else a ticket for the gateway.

        The driver has filled the arguments with what the request around carries.
        """
        parts = self.parts
        event_id = arguments.get("event_id")
        if event_id is None:
            event_id = arguments["event_id"] = parts.new_id()
        if self.off:
            return Settled(_no(arguments, "off"))
        try:
            if CARRIED.get() is not None:
                refused = self.local.refuse(**arguments, filled=True)
                if refused is not None:
                    return Settled(refused)
            call, body = read_call(arguments)
        except InvalidCallError as error:
            return self.invalid(arguments, error)
        numbers, rejected, reason = self._gate(call)
        request = Request("POST", "/v1/touchpoints", parts.json_headers, body)
        ticket = Ticket(call, request, numbers, rejected)
        if reason is not None:
            return self._settle(ticket, reason)
        parts.strangers.note_timezone(call.timezone)
        parts.strangers.note_reach(call.reach, parts.cache.rules)
        if background:
            return self._queue(ticket)
        with parts.lock:
            admitted = parts.circuit.admits(parts.sources.tick())
        if not admitted:
            return self._settle(ticket, "unavailable", UnavailableError("the gateway is down: not tried, circuit open"))
        return ticket

    def conclude(self, ticket: Ticket, outcome: Outcome) -> Settled:
        """Take in what came of a ticket."""
        parts = self.parts
        result = read_decision(outcome)
        if isinstance(result, Failure):
            self.errands.note_failure(result, ticket.call.touchpoint)
            return self._settle(ticket, "unavailable", result.error)
        with parts.lock:
            parts.circuit.succeeded()
            parts.reporter.tally.count(ticket.call.touchpoint, result.reason, ticket.numbers)
        self.errands.note_success()
        if result.reason == "unknown_touchpoint":
            parts.strangers.note_touchpoint(ticket.call.touchpoint, parts.cache.rules)
        name, rules = ticket.call.touchpoint, parts.cache.rules
        declared = rules.declared.get(name) if rules is not None else None
        parts.strangers.note_rejected(name, result.rejected_params, declared, ticket.call.params)
        return Settled(result)

    def excuse(self, outcome: Outcome, left: float, overdue: float, *, starting: bool) -> str | None:
        """Give why a missing answer says nothing about the gateway, or None when it does.

        `left` seconds remained when the call was sent, and it was `overdue` by so many when that was noticed.
        """
        if not isinstance(outcome, Exception):
            return None
        if starting and left < self.parts.options.timeout / 2:
            return STARTING
        return STALLED if left <= 0 or overdue > STALL else None

    def give_up(self, ticket: Ticket, why: str = STARTING) -> Settled:
        """Settle a ticket whose time went by in this process; that says nothing about the gateway."""
        self.parts.complaints.once(logging.WARNING, ("late", why), "A touchpoint was answered unavailable: %s.", why)
        return self._settle(ticket, "unavailable", UnavailableError(why))

    def broken(self, arguments: dict[str, Any], error: Exception) -> Settled:
        """Settle a call in which the SDK itself failed: the app must not."""
        self.parts.complaints.once(
            logging.ERROR, ("bug", call_site()), "The touchpoint at %s failed: %r", call_site(), error
        )
        return Settled(_no(arguments, "unavailable"), TactfulError(f"the SDK failed: {error!r}"))

    def _gate(self, call: Call) -> tuple[dict[str, float], tuple[str, ...], Reason | None]:
        rules, strangers = self.parts.cache.rules, self.parts.strangers  # one read: the background may swap the rules
        if rules is None:
            return {}, (), None
        declared = rules.declared.get(call.touchpoint)
        if declared is None:
            strangers.note_touchpoint(call.touchpoint, rules)
            return {}, (), "unknown_touchpoint"
        reading = declared.read(call.params)
        strangers.note_params(declared, reading.strangers)
        strangers.note_rejected(call.touchpoint, reading.rejected, declared, call.params)
        now = self.parts.sources.wall()
        reason = rules.gate.refuses(
            call.touchpoint, reading.values, call.traits, now, page=call.page, device=call.device, read=True
        )
        return reading.numbers, reading.rejected, reason

    def _settle(self, ticket: Ticket, reason: Reason, error: TactfulError | None = None) -> Settled:
        call, parts = ticket.call, self.parts
        with parts.lock:
            parts.reporter.tally.count(call.touchpoint, reason, ticket.numbers)
        decision = Decision(
            ask=False,
            reason=reason,
            touchpoint=call.touchpoint,
            event_id=call.event_id,
            rejected_params=ticket.rejected,
        )
        return Settled(decision, error)

    def _queue(self, ticket: Ticket) -> Settled:
        """Put a call in the outbox; it is counted when the gateway has answered, not now."""
        call, parts = ticket.call, self.parts
        now = parts.sources.tick()
        with parts.lock:
            before = parts.outbox.dropped
            parts.outbox.put(Queued(call.touchpoint, ticket.request.body, ticket.numbers, now))
            lost = parts.outbox.dropped > before
        if lost:
            parts.complaints.once(
                logging.WARNING, ("full",), "The queue of background touchpoints is full; the oldest are dropped."
            )
        return Settled(_no({"touchpoint": call.touchpoint, "event_id": call.event_id}, "unavailable", ticket.rejected))

    def invalid(self, arguments: dict[str, Any], error: InvalidCallError) -> Settled:
        """Settle a call whose arguments make no event."""
        site = call_site()
        if arguments.get("event_id") is None:
            arguments["event_id"] = self.parts.new_id()
        message = "The touchpoint called at %s was not sent: %s"
        if isinstance(error, NobodyError):
            # Pages are visited by people who are not signed in. That may be meant, so it is said only once, but where
            # it is not, nothing else tells why nobody is asked.
            self.parts.complaints.once(logging.WARNING, ("nobody",), message, site, error)
        else:
            self.parts.complaints.once(logging.ERROR, ("invalid", site), message, site, error)
        name = arguments.get("touchpoint")
        if isinstance(name, str) and is_id(name):
            with self.parts.lock:
                self.parts.reporter.tally.count(name, "unavailable", {})
        return Settled(_no(arguments, "unavailable"), error)


def _no(arguments: dict[str, Any], reason: Reason, rejected: tuple[str, ...] = ()) -> Decision:
    name, event_id = arguments.get("touchpoint"), arguments.get("event_id")
    return Decision(
        ask=False,
        reason=reason,
        touchpoint=name if isinstance(name, str) else "",
        event_id=event_id if isinstance(event_id, str) else "",
        rejected_params=rejected,
    )
