"""An invitation on a screen: what it asks, what happened to it, what was answered; the token is the only credential."""

from __future__ import annotations

from msgspec import structs
from starlette.responses import Response

from tactful_gateway.http.endpoints.view import find_questionnaire, written_view
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.wire import (
    InvitationQuery,
    InvitationView,
    Receipt,
    ResponseCall,
    ResponseReceipt,
    SignalCall,
)
from tactful_gateway.ledger.commands import Accepted, Notice, Refused, Reply, Respond


async def show(call: Call) -> Response:
    """Give the localised questionnaire and what is answered so far; nothing changes by looking."""
    services = call.services
    record = await services.lookups.record(call.token)
    if services.clock.now() >= record.expires_at and not record.complete:
        raise ApiError("invitation_expired")
    query: InvitationQuery = call.query
    shown = await written_view(services, record, query.locale)
    return answer(
        InvitationView(
            **structs.asdict(shown),
            touchpoint=record.touchpoint,
            channel=record.channel,
            answers=record.answers,
            rev=record.rev,
            complete=record.complete,
        )
    )


async def signal(call: Call) -> Response:
    """Take note that the invitation was displayed, opened or dismissed."""
    body: SignalCall = call.body
    pointer = await call.services.lookups.pointer(call.token)
    accepted = taken(await call.submit(Notice(body.type, pointer.person, pointer.invitation, pointer.rule)))
    return answer(Receipt(accepted.duplicate), 202)


async def respond(call: Call) -> Response:
    """Save answers; the answer to the caller comes after they are on disk."""
    body: ResponseCall = call.body
    services, token = call.services, call.token
    # Nearly always both are at hand, and a coroutine that has nothing to wait for costs as much as finding them.
    pointer = services.lookups.known(token) or await services.lookups.pointer(token)
    questionnaire = services.rulesets.active_questionnaire(
        pointer.ruleset, pointer.questionnaire
    ) or await find_questionnaire(services, pointer.ruleset, pointer.questionnaire)
    command = Respond(
        pointer.person, pointer.invitation, pointer.rule, questionnaire, body.answers, body.complete, body.rev
    )
    accepted = taken(await call.submit(command))
    record = accepted.invitation
    assert record is not None
    services.metrics.tally.response(record.touchpoint, complete=record.complete, duplicate=accepted.duplicate)
    return answer(ResponseReceipt(accepted.duplicate, record.complete, record.rev), 202)


def taken(reply: Reply) -> Accepted:
    """Give what a command came to.

    Raises:
        ApiError: the ledger refused it.
    """
    if isinstance(reply, Refused):
        raise ApiError(reply.code, reply.problems)
    assert isinstance(reply, Accepted)
    return reply
