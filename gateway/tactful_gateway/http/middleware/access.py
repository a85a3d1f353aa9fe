"""Counts and logs each request by its route, never by its path: paths hold tokens. The only one that sends."""

from __future__ import annotations

import logging
import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from tactful_gateway.http.counting.tally import Tally
from tactful_gateway.http.middleware.errors import log_failure
from tactful_gateway.http.middleware.responder import Responder

NO_ROUTE = "none"
GONE = 499
"""What is counted as the status of a request that broke off in its body."""


class Access:
    """The ASGI app: one answer, one metric and, at debug level, one line a request."""

    def __init__(self, respond: Responder, tally: Tally) -> None:
        self._respond = respond
        self._tally = tally
        # Bound once: the usual lazy logger takes 2 µs each time to find out that it has nothing to say.
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger().bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered, send that, and note what became of it."""
        started = time.perf_counter()
        status = 500
        try:
            response = await self._respond(scope, receive)
            status = response.status_code
            await response(scope, receive, send)
        except ClientDisconnect:
            status = GONE  # nobody is left to answer
        except Exception as error:  # noqa: BLE001 - a streamed answer: its beginning is out, no other can be given
            # Returning without an end has the server hang up, by which the client sees that it has not got it all.
            status = 500
            log_failure("answer_broken_off", scope, error)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], scope.get("tactful.route", NO_ROUTE)
        self._tally.request(route, method, status, seconds)
        if self._log.is_enabled_for(logging.DEBUG):
            self._log.debug("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
