"""Publishing the survey folder, the versions that went live, and the way back to one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import structs
from starlette.responses import Response

from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.versions import (
    CheckReport,
    Counts,
    RollbackCall,
    RulesetCall,
    RulesetReceipt,
    SurveyProblem,
    Version,
    VersionFiles,
    Versions,
)
from tactful_gateway.ledger.commands import Problem
from tactful_gateway.publishing.wanted import (
    FolderServedError,
    NotReadyError,
    Publisher,
    Publishing,
    PublishOutcome,
    Terms,
)
from tactful_gateway.store.records import VersionRecord
from tactful_gateway.survey import find_variables
from tactful_gateway.survey.policy import describe_policy
from tactful_rules.model.folder import SourceProblem
from tactful_rules.model.ids import rfc3339

PAGE = 50
MOST = 200
_NUMBER = re.compile(r"0|[1-9]\d{0,17}")


async def publish(call: Call) -> Response:
    """Check a survey folder and put it in force; with `dry_run=1` say what would come of it."""
    body: RulesetCall = call.body
    publishing, publisher, terms = _wanted(call, body.message)
    try:
        return _receipt(await publishing.publish(body.files, publisher, terms))
    except NotReadyError as error:
        raise _refusal(error) from None


async def roll_back(call: Call) -> Response:
    """Publish an earlier version again, as a new one; it is checked again, since the environment may have changed."""
    body: RollbackCall = call.body
    publishing, publisher, terms = _wanted(call, body.message)
    try:
        return _receipt(await publishing.roll_back(_number(call), publisher, terms))
    except NotReadyError as error:
        raise _refusal(error) from None


async def list_versions(call: Call) -> Response:
    """Give the versions, newest first."""
    limit = _query(call, "limit", PAGE)
    if not 1 <= limit <= MOST:
        raise ApiError("invalid_request", [Problem("limit", "out_of_range", f"`limit` is 1 to {MOST}.")])
    before = _query(call, "before", 0) or None
    found = await call.services.store.versions(before, limit + 1)
    shown = tuple(Version(**_plain(record)) for record in found[:limit])
    return answer(Versions(shown, shown[-1].number if len(found) > limit else None))


async def show_version(call: Call) -> Response:
    """Give one version with its files."""
    store = call.services.store
    record = await store.version(_number(call))
    files = None if record is None else await store.files(record.content)
    if record is None or files is None:
        raise ApiError("unknown_version")
    return answer(VersionFiles(**_plain(record), files=files))


def _wanted(call: Call, message: str) -> tuple[Publishing, Publisher, Terms]:
    publishing, key = call.services.publishing, call.key
    assert key is not None
    if publishing is None:
        raise FolderServedError
    dry_run = call.request.query_params.get("dry_run", "0")
    if dry_run not in ("0", "1"):
        raise ApiError("invalid_request", [Problem("dry_run", "bad_value", "`dry_run` is 0 or 1.")])
    return publishing, Publisher(key.id, key.name, message), Terms(_expected(call), dry_run == "1")


def _expected(call: Call) -> int | None:
    tag = call.request.headers.get("if-match")
    if tag is None:
        return None
    number = tag.strip().removeprefix('"').removesuffix('"')
    if not _NUMBER.fullmatch(number):
        message = 'If-Match is the number of the version that you believe to be the latest, as "12"; "0" for none.'
        raise ApiError("invalid_request", [Problem("If-Match", "bad_value", message)])
    return int(number)


def _number(call: Call) -> int:
    text = str(call.request.path_params["number"])
    if not _NUMBER.fullmatch(text):
        raise ApiError("unknown_version")
    return int(text)


def _query(call: Call, name: str, default: int) -> int:
    text = call.request.query_params.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise ApiError("invalid_request", [Problem(name, "wrong_type", f"`{name}` is a whole number.")])
    return int(text)


def _refusal(error: NotReadyError) -> ApiError:
    found = sorted((*error.problems, *error.warnings), key=lambda problem: problem.position)
    return ApiError("survey_problems", tuple(_problems(found)), str(error))


def _problems(found: Iterable[SourceProblem]) -> Iterable[SurveyProblem]:
    for problem in found:
        place = problem.position
        yield SurveyProblem(
            path=place.file,
            code=problem.code,
            message=problem.message,
            line=place.line,
            column=place.column,
            hint=problem.hint,
            severity=problem.severity,
        )


def _receipt(outcome: PublishOutcome) -> Response:
    folder, version = outcome.folder, outcome.version
    ruleset = folder.ruleset
    receipt = RulesetReceipt(
        result=outcome.result,
        version=None if version is None else Version(**_plain(version)),
        changes=outcome.differences,
        check=CheckReport(
            problems=tuple(_problems(outcome.problems)),
            counts=Counts(len(ruleset.touchpoints), len(ruleset.rules), len(ruleset.questionnaires), len(folder.tests)),
            do_not_disturb=tuple(describe_policy(ruleset.do_not_disturb)),
            variables=find_variables(folder),
        ),
    )
    headers = {} if version is None else {"etag": f'"{version.number}"'}
    return answer(receipt, headers=headers)


def _plain(record: VersionRecord) -> dict[str, Any]:
    plain = structs.asdict(record)
    del plain["lasts"]
    return plain | {"at": rfc3339(record.at)}
