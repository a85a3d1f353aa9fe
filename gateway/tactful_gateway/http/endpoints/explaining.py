"""`POST /v1/explain`: how an event would be decided now and why; nothing is decided, kept or counted."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from tactful_gateway.explanation import ExplainedMemory, build_explanation, find_hints
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.reading.event import server_event
from tactful_gateway.http.wire import TouchpointCall
from tactful_gateway.ledger.commands import Inspect, Inspected
from tactful_gateway.store.records import RememberedDecision
from tactful_rules.model.ids import rfc3339


async def explain(call: Call) -> Response:
    """Explain one event with what is kept of its person."""
    services, body = call.services, call.body
    assert isinstance(body, TouchpointCall)
    ruleset = services.rulesets.active.ruleset
    event = server_event(body, ruleset, services.new_id)
    found = await services.ledger.submit(Inspect(event))
    assert isinstance(found, Inspected)
    # In a thread: with thousands of rules at a touchpoint it takes long enough for others to wait.
    explained = await asyncio.to_thread(
        build_explanation,
        found.compiled,
        event,
        found.state,
        found.quotas,
        found.now,
        remembered=_memory(found.remembered),
        hints=find_hints(ruleset, body.touchpoint, body.params),
    )
    return answer(explained)


def _memory(remembered: RememberedDecision | None) -> ExplainedMemory | None:
    if remembered is None:
        return None
    return ExplainedMemory(rfc3339(remembered.at), remembered.verdict.reason, remembered.verdict.rule)
