"""`POST /v1/explain`: the person's tact, how an event would be decided and why; nothing is decided, kept or counted."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from starlette.responses import Response

from tactful_gateway.explanation import ExplainedMemory, Explanation, build_explanation, find_causes, find_hints
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import server_event
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.http.wire import ExplainCall
from tactful_gateway.ledger.commands import Inspect, Inspected, Problem
from tactful_gateway.store.records import RememberedDecision
from tactful_gateway.survey.moments import Read, read_on_clock
from tactful_rules.model.event import Event
from tactful_rules.model.ids import rfc3339
from tactful_rules.tact import timezone_of

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
    assert isinstance(body, ExplainCall)
    event = server_event(body, services.rulesets.active.ruleset, services.new_id)
    found = await services.ledger.submit(Inspect(event))
    assert isinstance(found, Inspected)
    at = _moment(body.at, event, found)
    ruleset = found.compiled.ruleset
    hints = find_hints(ruleset, body.touchpoint, body.params, body.timezone, body.reach)
    hints += find_causes(ruleset, body.touchpoint, body.params, event.rejected_params, schema_check)

    def work() -> Explanation:
        return build_explanation(
            found.compiled,
            replace(event, person=found.person),
            found.state,
            found.quotas,
            at.at,
            records=found.records,
            remembered=_memory(found.remembered),
            hints=hints + at.guessed,
        )

    return await asyncio.to_thread(work)


def _moment(text: str | None, event: Event, found: Inspected) -> Read:
    """Give the time to explain: what is known of the person is of now, whatever time is supposed."""
    if text is None:
        return Read(found.now)
    zone, source = timezone_of(event, found.state, found.compiled.zone)
    at = read_on_clock(text, zone, f"from the {source}")
    if at is None:
        raise ApiError("invalid_request", (Problem("at", "invalid_time", "A date, or a time as in RFC 3339."),))
    if at.at < found.now:
        return Read(at.at, (*at.guessed, f"the person is looked at as known now, at {rfc3339(found.now)}"))
    return at


def _memory(remembered: RememberedDecision | None) -> ExplainedMemory | None:
    if remembered is None:
        return None
    return ExplainedMemory(rfc3339(remembered.at), remembered.verdict.reason, remembered.verdict.rule)
