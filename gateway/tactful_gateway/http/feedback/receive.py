"""`POST /v1/feedback`: responses collected elsewhere, one or many."""

from __future__ import annotations

from starlette.responses import Response

from tactful_gateway.http.feedback.desk import Desk, take_all
from tactful_gateway.http.feedback.reading import split_batch
from tactful_gateway.http.feedback.wire import FeedbackQuery
from tactful_gateway.http.operation import UNSETTLED, Call, answer


async def receive(call: Call) -> Response:
    """Take in one feedback, or each of a batch by itself.

    Raises:
        ApiError: the only one is refused.
        Exception: the gateway can't now. Of a batch some may be on disk; sent again, those are duplicates.
    """
    query, services = call.query, call.services
    assert isinstance(query, FeedbackQuery)
    desk = Desk(services.ledger, services.rulesets, services.clock, services.metrics.tally)
    items = split_batch(call.raw_body)
    services.ledger.intake.receive("feedback", -1)  # from here on its items are counted
    call.scope[UNSETTLED] = None
    return answer(await take_all(desk, call.raw_body, items, dry_run=query.dry_run == "1"), 202)
