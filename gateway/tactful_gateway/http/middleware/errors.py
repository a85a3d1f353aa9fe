"""Turns every exception into problem details; what nobody foresaw is logged with its traceback and told to nobody."""

from __future__ import annotations

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

from tactful_gateway.http.middleware.responder import Responder
from tactful_gateway.http.problems import classify, problem_response

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Errors:
    """The only place where an error becomes a response."""

    def __init__(self, respond: Responder) -> None:
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive) -> Response:
        """Pass the request on; answer for it when it fails."""
        try:
            return await self._respond(scope, receive)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the answer says what it was, or that it is in the log
            problem = classify(error)
            if problem.code == "internal_error":
                _log_failure(scope, error)
            elif problem.code == "store_unavailable":
                log.warning("store_unavailable", route=scope.get("tactful.route"), error=str(error))
            response = problem_response(problem)
            if isinstance(error, HTTPException) and error.headers:
                response.headers.update(error.headers)
            return response


def _log_failure(scope: Scope, error: Exception) -> None:
    # No traceback: a message or a frame may hold an answer. Type and place are enough to find the bug.
    log.error("request_failed", route=scope.get("tactful.route"), error=type(error).__name__, at=_place(error))


def _place(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
