"""Takes in responses collected elsewhere, one or many: each once, however often it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.http.counting.tally import UNDECLARED, Tally
from tactful_gateway.http.feedback.reading import read_all, split_batch
from tactful_gateway.http.feedback.wire import FeedbackReceipt, FeedbackResult, FeedbackStatus
from tactful_gateway.http.problems import TABLE, ApiError, classify
from tactful_gateway.ledger.apply.receiving import ACCEPTED, known_again
from tactful_gateway.ledger.commands import Accepted, Feedback, Refused, Reply
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.logs import place_of_error

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_PLAIN = {status: FeedbackResult(status=status) for status in get_args(FeedbackStatus)}
"""What came of one where nothing more is to be said."""


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
        (outcome,) = await _outcomes(desk, [body], dry_run=dry_run)
        if isinstance(outcome, Exception):
            raise outcome
        results = [outcome]
    else:
        results = [_result(outcome) for outcome in await _outcomes(desk, items, dry_run=dry_run)]
    counted = Counter([result.status for result in results])
    return FeedbackReceipt(counted["accepted"], counted["duplicate"], counted["rejected"], tuple(results))


async def _outcomes(desk: Desk, items: Sequence[bytes], *, dry_run: bool) -> list[FeedbackResult | Exception]:
    """Give what came of each, once all are done: what can be read of them goes through the ledger together.

    Raises:
        LedgerBusyError: too much is waiting.
        StoreUnavailableError: the store can't commit now.
    """
    read, failed = read_all(items, desk.rulesets.active.ruleset, desk.clock.now(), dry_run=dry_run)
    if not dry_run:
        for error in failed.values():
            _reject(desk, error)
    outcomes: dict[int, FeedbackResult | Exception] = {**failed}
    if read:
        commands = [command for command, _ in read.values()]
        replies = await desk.ledger.enter(commands, sum(map(len, items)))
        if dry_run:
            replies = list(_as_the_run(commands, replies))
        for (place, (command, rejected_params)), reply in zip(read.items(), replies, strict=True):
            outcomes[place] = _outcome(desk, command, rejected_params, reply)
    return [outcomes[place] for place in range(len(items))]


def _as_the_run(commands: Sequence[Feedback], replies: Sequence[Reply | Exception]) -> Iterator[Reply | Exception]:
    """Give what the run would come to: it would know what it took from earlier in the batch; dry runs keep nothing."""
    taken: dict[bytes, bytes] = {}
    for command, reply in zip(commands, replies, strict=True):
        first = taken.get(command.key)
        if isinstance(reply, Exception):
            yield reply
        elif first is not None:
            yield known_again(first, command)
        else:
            if reply == ACCEPTED:
                taken[command.key] = command.digest
            yield reply


def _reject(desk: Desk, error: Exception) -> None:
    code = classify(error).code
    desk.ledger.intake.reject("feedback", code)
    desk.tally.feedback(UNDECLARED, "rejected", code)


def _outcome(
    desk: Desk, command: Feedback, rejected_params: tuple[str, ...], reply: Reply | Exception
) -> FeedbackResult | Exception:
    if isinstance(reply, Exception):
        return reply
    if isinstance(reply, Refused):
        _count(desk, command, "rejected", reply.code)
        return ApiError(reply.code, reply.problems)
    assert isinstance(reply, Accepted)
    status: FeedbackStatus = "duplicate" if reply.duplicate else "accepted"
    _count(desk, command, status)
    named = command.questionnaire
    unchecked = named is not None and not reply.duplicate and named not in desk.rulesets.active.ruleset.questionnaires
    if rejected_params or unchecked:
        return FeedbackResult(status=status, rejected_params=rejected_params, unchecked=unchecked)
    return _PLAIN[status]


def _count(desk: Desk, command: Feedback, status: FeedbackStatus, code: str = "") -> None:
    if not command.dry_run:
        declared = command.touchpoint in desk.rulesets.active.ruleset.touchpoints
        desk.tally.feedback(command.touchpoint if declared else UNDECLARED, status, code)


def _result(outcome: FeedbackResult | Exception) -> FeedbackResult:
    if isinstance(outcome, FeedbackResult):
        return outcome
    error = classify(outcome)
    if TABLE[error.code].retry_after is not None:
        raise outcome
    if error.code == "internal_error":  # it must not keep those beside it from being taken, today or ever
        log.error("feedback_failed", trace=place_of_error(outcome))
    return FeedbackResult(status="rejected", code=error.code, problems=error.problems)
