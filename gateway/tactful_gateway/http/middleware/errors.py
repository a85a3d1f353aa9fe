"""Turns every exception into problem details; what nobody foresaw is logged with its place and told to nobody.

Where a request ended before it became a command, that is counted here: the ledger counts all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

from tactful_gateway.http.middleware.responder import Responder
from tactful_gateway.http.operation import UNSETTLED, Endpoint
from tactful_gateway.http.problems import classify, problem_response
from tactful_gateway.ledger.intake import ABANDONED, Intake
from tactful_gateway.logs import Seldom

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Errors:
    """The only place where an error becomes a response."""

    def __init__(self, respond: Responder, find: Callable[[Scope], Endpoint], intake: Intake) -> None:
        """Take what `find` gives as the operation of a request that never came to it."""
        self._respond = respond
        self._find = find
        self._intake = intake
        self._is_time = Seldom()

    async def __call__(self, scope: Scope, receive: Receive) -> Response:
        """Pass the request on; answer for it when it fails."""
        try:
            return await self._respond(scope, receive)
        except (ClientDisconnect, asyncio.CancelledError):
            self._settle(scope, ABANDONED)
            raise
        except Exception as error:  # noqa: BLE001 - the answer says what it was, or that it is in the log
            problem = classify(error)
            self._settle(scope, problem.code)
            if problem.code == "internal_error":
                log_failure("request_failed", scope, error)
            elif problem.code == "store_unavailable" and self._is_time():
                log.warning("store_unavailable", route=scope.get("tactful.route"), error=str(error))
            response = problem_response(problem)
            if isinstance(error, HTTPException) and error.headers:
                response.headers.update(error.headers)
            return response

    def _settle(self, scope: Scope, reason: str) -> None:
        """Count a request of which nothing comes, also one whose body nobody saw."""
        if UNSETTLED not in scope:
            try:
                operation = self._find(scope).operation
            except HTTPException:
                return
            scope["tactful.route"] = operation.path
            scope[UNSETTLED] = operation.counts_as
            if operation.counts_as is not None:
                self._intake.receive(operation.counts_as)
        if scope[UNSETTLED] is not None:
            self._intake.reject(scope[UNSETTLED], reason)


def log_failure(event: str, scope: Scope, error: Exception) -> None:
    """Log an error by type and place, which are enough to find the bug: a message or a frame may hold an answer."""
    log.error(event, route=scope.get("tactful.route"), error=type(error).__name__, at=_place(error))


def _place(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
