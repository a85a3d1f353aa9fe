"""The one table from what went wrong to what the caller is told (RFC 9457); nothing else makes an error response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tactful_gateway.consumers.operating import SinkInUseError, UnknownSinkError
from tactful_gateway.http.versions import SurveyProblem
from tactful_gateway.ledger.commands import Problem
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.publishing.wanted import FolderServedError, UnknownVersionError, VersionConflictError
from tactful_gateway.store.base import StoreUnavailableError

ProblemCode = Literal[
    "bad_json",
    "missing_key",
    "unknown_key",
    "invalid_identity",
    "wrong_key_kind",
    "origin_not_allowed",
    "not_found",
    "unknown_invitation",
    "unknown_version",
    "unknown_sink",
    "sink_in_use",
    "method_not_allowed",
    "body_timeout",
    "already_completed",
    "already_joined",
    "joined_the_other_way",
    "invitation_closed",
    "folder_served",
    "invitation_expired",
    "version_conflict",
    "feedback_conflict",
    "body_too_large",
    "invalid_request",
    "invalid_answers",
    "survey_problems",
    "too_deep",
    "internal_error",
    "busy",
    "store_unavailable",
]


class Kind(Struct, frozen=True):
    """How one code is answered: status, title for humans, seconds until another try makes sense, kind of problems."""

    status: int
    title: str
    retry_after: int | None = None
    problems: type[Problem] = Problem


TABLE: Mapping[ProblemCode, Kind] = {
    "bad_json": Kind(400, "The body is not JSON."),
    "missing_key": Kind(401, "Send an API key: Authorization: Bearer KEY."),
    "unknown_key": Kind(401, "No such API key, or it was revoked."),
    "invalid_identity": Kind(401, "The identity token does not verify, and there is no anonymous_id."),
    "wrong_key_kind": Kind(403, "This kind of API key may not do that."),
    "origin_not_allowed": Kind(403, "This page's origin is not in the key's list."),
    "not_found": Kind(404, "There is nothing here."),
    "unknown_invitation": Kind(404, "No such invitation."),
    "unknown_version": Kind(404, "There is no such version, or it is no longer kept."),
    "unknown_sink": Kind(404, "There is no such sink; GET /v1/sinks lists them."),
    "sink_in_use": Kind(409, "A gateway delivers to this sink: take it out of the survey folder first."),
    "method_not_allowed": Kind(405, "This method is not allowed here."),
    "body_timeout": Kind(408, "The body took too long to arrive."),
    "already_completed": Kind(409, "This invitation was answered already."),
    "already_joined": Kind(409, "This anonymous id was joined to another person; two known persons never become one."),
    "joined_the_other_way": Kind(409, "It is the other way round: this person's id was joined to the anonymous one."),
    "invitation_closed": Kind(409, "This invitation is closed."),
    "folder_served": Kind(
        409, "This gateway serves a folder: change its files, or start it without one (tactful serve) to publish."
    ),
    "feedback_conflict": Kind(409, "This id came from this source before, with other content; what came first stays."),
    "invitation_expired": Kind(410, "This invitation has expired."),
    "version_conflict": Kind(412, "The version that was expected is not the latest one, so nothing changed."),
    "body_too_large": Kind(413, "The body is larger than this call takes."),
    "invalid_request": Kind(422, "The request breaks the rules listed under problems."),
    "invalid_answers": Kind(422, "Some answers do not fit their questions."),
    "survey_problems": Kind(
        422, "The survey folder has the problems listed; what was live stays.", problems=SurveyProblem
    ),
    "too_deep": Kind(422, "The body is nested too deeply."),
    "internal_error": Kind(500, "Something went wrong on our side; it is in the log."),
    "busy": Kind(503, "The gateway has more to do than it can. Try again.", retry_after=1),
    "store_unavailable": Kind(503, "The gateway can't write now; nothing was saved. Try again.", retry_after=2),
}

_CLASSES: Mapping[type[Exception], ProblemCode] = {
    LedgerBusyError: "busy",
    StoreUnavailableError: "store_unavailable",
    FolderServedError: "folder_served",
    UnknownVersionError: "unknown_version",
    UnknownSinkError: "unknown_sink",
    msgspec.DecodeError: "bad_json",
    UnicodeDecodeError: "bad_json",
    RecursionError: "too_deep",
}
_STATUSES: Mapping[int, ProblemCode] = {404: "not_found", 405: "method_not_allowed"}


class ApiError(Exception):
    """A request that can't be carried out: a code of the table, and for validation what is wrong where.

    With `hang_up` the connection is closed after the answer, for the rest of the request is not worth reading.
    """

    def __init__(
        self, code: ProblemCode, problems: Sequence[Problem] = (), detail: str = "", *, hang_up: bool = False
    ) -> None:
        super().__init__(code)
        self.code: ProblemCode = code
        self.problems = tuple(problems)
        self.detail = detail
        self.hang_up = hang_up


class ProblemDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error response, `application/problem+json` (RFC 9457). `code` never changes its meaning."""

    type: str
    title: str
    status: int
    code: ProblemCode
    detail: str = ""
    problems: tuple[Problem, ...] = ()


def classify(error: Exception) -> ApiError:
    """Find the table's entry for any exception; what nobody foresaw is `internal_error`."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException):
        return ApiError(_STATUSES.get(error.status_code, "internal_error"))
    if isinstance(error, VersionConflictError):
        return ApiError("version_conflict", detail=str(error))
    if isinstance(error, SinkInUseError):
        return ApiError("sink_in_use", detail=str(error))
    for kind, code in _CLASSES.items():
        if isinstance(error, kind):
            return ApiError(code)
    return ApiError("internal_error")


def problem_response(error: ApiError) -> Response:
    """Write the problem details of an error, with `Retry-After` and `WWW-Authenticate` where they belong."""
    kind = TABLE[error.code]
    details = ProblemDetails(
        type=f"urn:tactful:problem:{error.code}",
        title=kind.title,
        status=kind.status,
        code=error.code,
        detail=error.detail,
        problems=error.problems,
    )
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if kind.retry_after is not None:
        headers["retry-after"] = str(kind.retry_after)
    if kind.status == 401:
        headers["www-authenticate"] = 'Bearer realm="tactful"'
    if error.hang_up:
        headers["connection"] = "close"
    return Response(msgspec.json.encode(details), kind.status, headers, "application/problem+json")
