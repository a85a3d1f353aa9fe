"""`POST /v1/feedback`: responses collected elsewhere, one or many; each is taken in once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog
from starlette.responses import Response

from tactful_gateway.http.endpoints.invitations import submit
from tactful_gateway.http.endpoints.touchpoints import UNDECLARED
from tactful_gateway.http.feedback import FeedbackQuery, FeedbackReceipt, FeedbackResult, FeedbackStatus
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import TABLE, ApiError, classify
from tactful_gateway.http.reading.feedback import read_feedback, split_batch
from tactful_gateway.logs import place_of_error

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def receive(call: Call) -> Response:
    """Take in one feedback, or each of a batch by itself.

    Raises:
        ApiError: the only one is refused.
        Exception: the gateway can't now. Of a batch some may be on disk; sent again, those are duplicates.
    """
    items = split_batch(call.raw_body)
    if items is None:
        return _answer([await _take(call, call.raw_body)])
    outcomes = await asyncio.gather(*(_take(call, item) for item in items), return_exceptions=True)
    return _answer([_result(outcome) for outcome in outcomes])


def _answer(results: list[FeedbackResult]) -> Response:
    counted = Counter(result.status for result in results)
    return answer(FeedbackReceipt(counted["accepted"], counted["duplicate"], counted["rejected"], tuple(results)), 202)


async def _take(call: Call, body: bytes) -> FeedbackResult:
    services, query = call.services, call.query
    assert isinstance(query, FeedbackQuery)
    ruleset, dry_run = services.rulesets.active.ruleset, query.dry_run == "1"
    touchpoint = UNDECLARED
    try:
        command, rejected = read_feedback(body, ruleset, services.clock.now(), dry_run=dry_run)
        if command.touchpoint in ruleset.touchpoints:
            touchpoint = command.touchpoint
        accepted = await submit(call, command)
    except ApiError as error:
        if not dry_run:
            services.metrics.tally.feedback(touchpoint, "rejected", error.code)
        raise
    status: FeedbackStatus = "duplicate" if accepted.duplicate else "accepted"
    if not dry_run:
        services.metrics.tally.feedback(touchpoint, status, "")
    return FeedbackResult(status=status, rejected_params=rejected)


def _result(outcome: FeedbackResult | BaseException) -> FeedbackResult:
    if isinstance(outcome, FeedbackResult):
        return outcome
    if not isinstance(outcome, Exception):
        raise outcome
    error = classify(outcome)
    if TABLE[error.code].retry_after is not None:
        raise outcome
    if error.code == "internal_error":  # it must not keep those beside it from being taken, today or ever
        log.error("feedback_failed", trace=place_of_error(outcome))
    return FeedbackResult(status="rejected", code=error.code, problems=error.problems)
