"""`PUT /v1/persons/{id}/preferences`: a person wants to be left alone; opting out can't be undone by a rule."""

from __future__ import annotations

from starlette.responses import Response

from tactful_gateway.http.endpoints.invitations import submit
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import check_key
from tactful_gateway.http.wire import PreferencesCall, Receipt
from tactful_gateway.ledger.commands import OptOut, Problem
from tactful_rules.model.person import EVERY_CHANNEL


async def prefer(call: Call) -> Response:
    """Opt a person out of everything, or of some channels."""
    body: PreferencesCall = call.body
    person = str(call.request.path_params["person"])
    check_key("person", person)
    known = call.services.rulesets.active.ruleset.channels
    channels = (EVERY_CHANNEL,) if body.opt_out == "all" else tuple(body.opt_out)
    unknown = [channel for channel in channels if channel != EVERY_CHANNEL and channel not in known]
    if unknown or not channels:
        message = f"Channels are {', '.join(known)}."
        raise ApiError("invalid_request", [Problem("opt_out", "unknown_channel", message)])
    accepted = await submit(call, OptOut(person, channels))
    return answer(Receipt(accepted.duplicate))
