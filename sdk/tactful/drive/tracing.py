"""Decides whether a call that goes out to the gateway is traced: when the app itself has loaded OpenTelemetry.

A touchpoint that is decided here gets no span: deciding takes some microseconds, a span several times as many, and the
report counts those calls anyway.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Protocol, Self

from tactful.core.complaints import Complaints
from tactful.core.engine import Core, Settled, Ticket
from tactful.drive import loading

API = "opentelemetry.trace"


class Traced(Protocol):
    """A call on its way; `ticket` is what to send, and the block around it is the span."""

    ticket: Ticket

    def settle(self, settled: Settled) -> Settled:
        """Note how the call ended, and give that."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Untraced:
    """What most apps have."""

    __slots__ = ("ticket",)

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket

    def settle(self, settled: Settled) -> Settled:
        return settled

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


@cache
def _span() -> Callable[[Complaints, Ticket], Traced]:
    """Load the spans, once: whoever loads something meanwhile is waited for."""
    found: Callable[[Complaints, Ticket], Traced] = loading.find("tactful.drive.spans", "Span")
    return found


def begin(core: Core, ticket: Ticket) -> Traced:
    """Begin a span around a call, if anybody traces; tracing that fails costs no decision.

    Not before the client's transport is there: the first time it would wait for whoever loads that.
    """
    if API not in sys.modules:
        return _Untraced(ticket)
    try:
        return _span()(core.parts.complaints, ticket)
    except Exception as error:  # noqa: BLE001 - e.g. an OpenTelemetry of another time, or a processor that raises
        core.parts.complaints.once(logging.WARNING, ("tracing",), "Touchpoints are not traced: %r", error)
        return _Untraced(ticket)
