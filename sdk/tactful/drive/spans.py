"""A span of OpenTelemetry around a call to the gateway; it never says who the person is, nor what the params are.

Without a provider the API makes spans that record nothing. One that is set later, as after a fork, is found: the API's
tracer looks for it at each span.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from msgspec.structs import replace
from opentelemetry import propagate, trace

from tactful.core.complaints import Complaints
from tactful.core.engine import Settled, Ticket
from tactful.errors import TactfulError
from tactful_rules.model.decision import Decision

NAME = "tactful.touchpoint"
_tracer = trace.get_tracer("tactful")


class Span:
    """The span `tactful.touchpoint`, current within its block; its context goes to the gateway in the headers."""

    def __init__(self, complaints: Complaints, ticket: Ticket) -> None:
        self._complaints = complaints
        attributes = {"tactful.touchpoint": ticket.call.touchpoint}
        self._span = _tracer.start_span(NAME, kind=trace.SpanKind.CLIENT, attributes=attributes)
        try:
            headers = dict(ticket.request.headers)
            propagate.inject(headers, trace.set_span_in_context(self._span))
        except BaseException:  # whoever began this knows no span that could be ended
            self._span.end()
            raise
        self.ticket = replace(ticket, request=replace(ticket.request, headers=headers))
        self._current: AbstractContextManager[trace.Span] = trace.use_span(
            self._span, record_exception=False, set_status_on_exception=False
        )

    def settle(self, settled: Settled) -> Settled:
        """Note the decision, and whether it is the gateway's or only a stand-in."""
        try:
            self._note(settled.decision, settled.error)
        except Exception as failure:  # noqa: BLE001 - a span of another make may raise anything; the decision counts
            self._complain(failure)
        return settled

    def _note(self, decision: Decision, error: TactfulError | None) -> None:
        self._span.set_attributes(
            {
                "tactful.ask": decision.ask,
                "tactful.reason": decision.reason,
                "tactful.decided_locally": error is not None,
            }
        )
        if error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(trace.StatusCode.ERROR)

    def __enter__(self) -> Self:
        self._current.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._current.__exit__(kind, error, traceback)
            self._span.end()
        except Exception as failure:  # noqa: BLE001 - a span processor may raise anything; the decision counts
            self._complain(failure)

    def _complain(self, failure: Exception) -> None:
        self._complaints.once(logging.WARNING, ("tracing",), "A touchpoint's span was lost: %r", failure)
