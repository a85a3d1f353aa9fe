"""`POST /v1/explain`: how an event would be decided now and why; nothing is decided, kept or counted."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from starlette.responses import Response

from tactful_gateway.explanation import ExplainedMemory, Explanation, build_explanation, find_hints
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import server_event
from tactful_gateway.http.wire import TouchpointCall
from tactful_gateway.ledger.commands import Inspect, Inspected
from tactful_gateway.store.records import RememberedDecision
from tactful_rules.model.ids import rfc3339

PATIENCE = 2
"""Seconds that an explanation waits for its turn."""


async def explain(call: Call) -> Response:
    """Explain one event with what is kept of its person.

    One at a time, and in a thread: with thousands of rules at a touchpoint it takes long enough for others to wait.
    """
    turn = call.services.explaining
    try:
        async with asyncio.timeout(PATIENCE):
            await turn.acquire()
    except TimeoutError:
        raise ApiError("busy", detail="Others are being explained.") from None
    try:
        return answer(await _explained(call))
    finally:
        turn.release()


async def _explained(call: Call) -> Explanation:
    services, body = call.services, call.body
    assert isinstance(body, TouchpointCall)
    event = server_event(body, services.rulesets.active.ruleset, services.new_id)
    found = await services.ledger.submit(Inspect(event))
    assert isinstance(found, Inspected)

    def work() -> Explanation:
        return build_explanation(
            found.compiled,
            replace(event, person=found.person),
            found.state,
            found.quotas,
            found.now,
            remembered=_memory(found.remembered),
            hints=find_hints(found.compiled.ruleset, body.touchpoint, body.params, body.timezone),
        )

    return await asyncio.to_thread(work)


def _memory(remembered: RememberedDecision | None) -> ExplainedMemory | None:
    if remembered is None:
        return None
    return ExplainedMemory(rfc3339(remembered.at), remembered.verdict.reason, remembered.verdict.rule)
