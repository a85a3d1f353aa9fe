"""Publishing the survey folder, the versions that went live, and the way back to one of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable
from typing import Any

from msgspec import UNSET, structs
from starlette.responses import Response

from tactful_gateway.http.counting.tally import PublicationResult
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.versions import (
    CheckReport,
    Counts,
    PublishQuery,
    RollbackCall,
    RulesetCall,
    RulesetReceipt,
    SurveyProblem,
    Version,
    VersionFiles,
    Versions,
    VersionsQuery,
)
from tactful_gateway.ledger.commands import Problem
from tactful_gateway.publishing.wanted import (
    FolderServedError,
    NotReadyError,
    Publisher,
    Publishing,
    PublishOutcome,
    Terms,
    UnknownVersionError,
    VersionConflictError,
)
from tactful_gateway.store.records import VersionRecord
from tactful_gateway.survey import find_variables
from tactful_gateway.survey.policy import describe_policy
from tactful_rules.model.folder import SourceProblem
from tactful_rules.model.ids import rfc3339

EXPECTED = '"(0|[1-9][0-9]{0,17})"'
_EXPECTED = re.compile(EXPECTED)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


async def publish(call: Call) -> Response:
    """Check a survey folder and put it in force; with `dry_run=1` say what would come of it."""
    body: RulesetCall = call.body
    publishing, publisher, terms = _wanted(call, body.message)
    return await _counted(call, publishing.publish(body.files, publisher, terms), terms)


async def roll_back(call: Call) -> Response:
    """Publish an earlier version again, as a new one; it is checked again, since the environment may have changed."""
    body: RollbackCall = call.body
    publishing, publisher, terms = _wanted(call, body.message)
    return await _counted(call, publishing.roll_back(_number(call), publisher, terms), terms)


async def list_versions(call: Call) -> Response:
    """Give the versions, newest first."""
    query: VersionsQuery = call.query
    before = None if query.before is UNSET else query.before
    found = await call.services.store.versions(before, query.limit + 1)
    shown = tuple(Version(**_plain(record)) for record in found[: query.limit])
    return answer(Versions(shown, shown[-1].number if len(found) > query.limit else None))


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
    query: PublishQuery = call.query
    return publishing, Publisher(key.id, key.name, message), Terms(_expected(call), query.dry_run == "1")


async def _counted(call: Call, work: Awaitable[PublishOutcome], terms: Terms) -> Response:
    """Answer for a publication and count what came of it; a dry run is none."""
    result: PublicationResult = "failed"
    try:
        outcome = await work
        result = "unchanged" if outcome.result == "unchanged" else "published"
    except NotReadyError as error:
        result = "refused"
        raise _refusal(error) from None
    except (FolderServedError, UnknownVersionError, VersionConflictError):
        result = "refused"
        raise
    finally:
        if not terms.dry_run:
            call.services.metrics.publication(result)
    return _receipt(outcome)


def _expected(call: Call) -> int | None:
    tag = call.request.headers.get("if-match")
    if tag is None:
        return None
    found = _EXPECTED.fullmatch(tag.strip())
    if found is None:
        message = (
            'If-Match is the number of the version that you believe to be the latest, in quotes: "12"; "0" for none. '
            "GET /v1/ruleset/versions has it; the ETag of GET /v1/ruleset is that of what SDKs need."
        )
        raise ApiError("invalid_request", [Problem("If-Match", "bad_value", message)])
    return int(found[1])


def _number(call: Call) -> int:
    text = str(call.request.path_params["number"])
    if not _NUMBER.fullmatch(text):
        raise ApiError("unknown_version")
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
            do_not_disturb=tuple(describe_policy(ruleset)),
            variables=find_variables(folder),
        ),
    )
    # Without an ETag: what was sent is not what GET gives at this address (RFC 9110, section 9.3.4).
    return answer(receipt)


def _plain(record: VersionRecord) -> dict[str, Any]:
    plain = structs.asdict(record)
    del plain["lasts"]
    return plain | {"at": rfc3339(record.at)}
