"""`POST /v1/touchpoints`: event in, decision out; made twice with one `event_id` it happens once."""

from __future__ import annotations

from msgspec import UNSET, UnsetType
from starlette.responses import Response

from tactful_gateway.http.counting.tally import UNDECLARED
from tactful_gateway.http.endpoints.view import written_view
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import page_event, server_event
from tactful_gateway.http.reading.reach import trace_of
from tactful_gateway.http.services import Services
from tactful_gateway.http.wire import TouchpointCall, TouchpointQuery
from tactful_gateway.ledger.commands import Decide, Decided
from tactful_rules.model.decision import Decision, Step
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.reach import strange_channels


async def decide(call: Call) -> Response:
    """Decide whether to ask, now."""
    services = call.services
    on_page = call.key is not None and call.key.kind == "pk"
    event = _event(call, on_page=on_page)
    ruleset = services.rulesets.active.ruleset
    strange = strange_channels(event.reach, ruleset.channels.keys())
    if strange:
        services.strange_channels.note(strange, event.touchpoint, ruleset)
    invitation, lookup = services.new_invitation()
    query: TouchpointQuery = call.query
    trace = not on_page and query.trace == "1"
    addresses = _seal(services, event, invitation) if event.reach else {}
    reply = await call.submit(Decide(event, invitation, lookup, trace, addresses))
    assert isinstance(reply, Decided)
    declared = event.touchpoint in ruleset.touchpoints
    services.metrics.tally.decision(event.touchpoint if declared else UNDECLARED, reply.verdict.reason)
    steps = (*trace_of(strange, ruleset), *reply.verdict.trace) if trace else UNSET
    return answer(await _decision(call, event, reply, steps))


def _event(call: Call, *, on_page: bool) -> Event:
    services = call.services
    body: TouchpointCall = call.body
    ruleset = services.rulesets.active.ruleset
    if not on_page:
        return server_event(body, ruleset, services.new_id)
    try:
        return page_event(
            body,
            ruleset,
            services.new_id,
            identity=services.identity,
            identity_header=call.request.headers.get("x-tactful-identity"),
            user_agent=call.request.headers.get("user-agent"),
        )
    except ApiError as error:
        if error.code == "invalid_identity" and call.key is not None:
            services.refusals.identity(call.key, len(services.identity), services.clock.now())
        raise


def _seal(services: Services, event: Event, invitation: str) -> dict[str, bytes]:
    """Seal the addresses that something may be sent to: in the clear they go no further than here."""
    channels = services.rulesets.active.ruleset.channels
    return {
        name: services.vault.seal(invitation, name, address)
        for name, address in (event.reach or {}).items()
        if isinstance(address, str) and name in channels and not channels[name].on_screen
    }


async def _decision(call: Call, event: Event, reply: Decided, trace: tuple[Step, ...] | UnsetType) -> Decision:
    verdict, record = reply.verdict, reply.invitation
    invitation = None
    if verdict.ask and record is not None:
        invitation = await written_view(call.services, record)
        call.services.lookups.remember(record, invitation.token)
    return Decision(
        ask=verdict.ask and invitation is not None,
        reason=verdict.reason,
        touchpoint=event.touchpoint,
        event_id=event.event_id,
        rule=verdict.rule,
        questionnaire=verdict.questionnaire,
        channel=verdict.channel,
        again=verdict.again,
        not_before=_time(verdict.not_before),
        until=_time(verdict.until),
        tz_source=verdict.tz_source,
        rejected_params=event.rejected_params,
        invitation=invitation,
        trace=trace,
    )


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
