"""Takes in responses collected elsewhere, one or many: each once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.http.counting.tally import UNDECLARED, Tally
from tactful_gateway.http.feedback.reading import read_feedback, split_batch
from tactful_gateway.http.feedback.wire import FeedbackReceipt, FeedbackResult, FeedbackStatus
from tactful_gateway.http.problems import TABLE, ApiError, classify
from tactful_gateway.ledger.commands import Accepted, Refused, Reply
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.logs import place_of_error

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Desk(NamedTuple):
    """Where feedback is taken in: at a gateway, or where a file is imported straight into a database."""

    ledger: Ledger
    rulesets: Rulesets
    clock: Clock
    tally: Tally


async def take_in(desk: Desk, body: bytes, *, dry_run: bool) -> FeedbackReceipt:
    """Take in what stands in a body; raises as `take_all` does."""
    return await take_all(desk, body, split_batch(body), dry_run=dry_run)


async def take_all(desk: Desk, body: bytes, items: Sequence[bytes] | None, *, dry_run: bool) -> FeedbackReceipt:
    """Take in one feedback, or each of a batch by itself, where `items` are those of `body`.

    Raises:
        ApiError: the only one is refused.
        Exception: the ledger can't now. Of a batch some may be on disk; sent again, those are duplicates.
    """
    if not dry_run:
        desk.ledger.intake.receive("feedback", 1 if items is None else len(items))
    if items is None:
        results = [await _outcome(desk, _enter(desk, body, dry_run=dry_run))]
    else:
        results = [_result(outcome) for outcome in await _outcomes(desk, items, dry_run=dry_run)]
    counted = Counter([result.status for result in results])
    return FeedbackReceipt(counted["accepted"], counted["duplicate"], counted["rejected"], tuple(results))


class _Entered(NamedTuple):
    """Feedback that waits for the ledger's reply; `touchpoint` is None where nothing is to be counted."""

    reply: asyncio.Future[Reply]
    touchpoint: str | None
    rejected_params: tuple[str, ...]


async def _outcomes(desk: Desk, items: Sequence[bytes], *, dry_run: bool) -> list[FeedbackResult | Exception]:
    """Give what came of each, once all are done: entered together, without a task each, they share commits."""
    entered: list[_Entered | Exception] = []
    for item in items:
        try:
            entered.append(_enter(desk, item, dry_run=dry_run))
        except Exception as error:  # noqa: BLE001 - it is what came of this one
            entered.append(error)
    outcomes: list[FeedbackResult | Exception] = []
    try:
        for one in entered:
            try:
                outcomes.append(one if isinstance(one, Exception) else await _outcome(desk, one))
            except Exception as error:  # noqa: BLE001 - it is what came of this one
                outcomes.append(error)
    finally:
        for one in entered[len(outcomes) :]:  # nobody waits for these any more
            if isinstance(one, _Entered):
                one.reply.cancel()
    return outcomes


def _enter(desk: Desk, body: bytes, *, dry_run: bool) -> _Entered:
    ruleset = desk.rulesets.active.ruleset
    try:
        command, rejected = read_feedback(body, ruleset, desk.clock.now(), dry_run=dry_run)
    except Exception as error:
        if not dry_run:
            code = classify(error).code
            desk.ledger.intake.reject("feedback", code)
            desk.tally.feedback(UNDECLARED, "rejected", code)
        raise
    touchpoint = command.touchpoint if command.touchpoint in ruleset.touchpoints else UNDECLARED
    return _Entered(desk.ledger.enter(command, len(body)), None if dry_run else touchpoint, rejected)


async def _outcome(desk: Desk, entered: _Entered) -> FeedbackResult:
    reply = await entered.reply
    if isinstance(reply, Refused):
        if entered.touchpoint is not None:
            desk.tally.feedback(entered.touchpoint, "rejected", reply.code)
        raise ApiError(reply.code, reply.problems)
    assert isinstance(reply, Accepted)
    status: FeedbackStatus = "duplicate" if reply.duplicate else "accepted"
    if entered.touchpoint is not None:
        desk.tally.feedback(entered.touchpoint, status, "")
    return FeedbackResult(status=status, rejected_params=entered.rejected_params)


def _result(outcome: FeedbackResult | Exception) -> FeedbackResult:
    if isinstance(outcome, FeedbackResult):
        return outcome
    error = classify(outcome)
    if TABLE[error.code].retry_after is not None:
        raise outcome
    if error.code == "internal_error":  # it must not keep those beside it from being taken, today or ever
        log.error("feedback_failed", trace=place_of_error(outcome))
    return FeedbackResult(status="rejected", code=error.code, problems=error.problems)
