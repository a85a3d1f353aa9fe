"""`/v1/persons/{id}`: what a person wishes, which no rule can undo, and which ids are the person's."""

from __future__ import annotations

from msgspec import UnsetType
from starlette.responses import Response

from tactful_gateway.http.endpoints.invitations import submit
from tactful_gateway.http.operation import Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import check_key
from tactful_gateway.http.wire import AliasCall, Channels, PreferencesCall, Receipt
from tactful_gateway.ledger.commands import Alias, OptIn, OptOut, Problem
from tactful_rules.model.person import EVERY_CHANNEL


async def prefer(call: Call) -> Response:
    """Opt a person out of everything, or of some channels, or take that back."""
    body: PreferencesCall = call.body
    person = _person(call)
    out, back = body.opt_out, body.opt_in
    if isinstance(back, UnsetType) and not isinstance(out, UnsetType):
        accepted = await submit(call, OptOut(person, _channels(call, "opt_out", out)))
    elif isinstance(out, UnsetType) and not isinstance(back, UnsetType):
        accepted = await submit(call, OptIn(person, _channels(call, "opt_in", back)))
    else:
        message = 'Send either `opt_out` or `opt_in`: "all", or a list of channels.'
        raise ApiError("invalid_request", [Problem("", "either", message)])
    return answer(Receipt(accepted.duplicate))


async def alias(call: Call) -> Response:
    """Join an anonymous id to a person."""
    body: AliasCall = call.body
    person = _person(call)
    check_key("anonymous", body.anonymous)
    if body.anonymous == person:
        message = "This is the person's own id: send the one that the visitor had before."
        raise ApiError("invalid_request", [Problem("anonymous", "same_id", message)])
    accepted = await submit(call, Alias(body.anonymous, person))
    return answer(Receipt(accepted.duplicate))


def _person(call: Call) -> str:
    person = str(call.request.path_params["person"])
    check_key("person", person)
    return person


def _channels(call: Call, path: str, wanted: Channels) -> tuple[str, ...]:
    known = call.services.rulesets.active.ruleset.channels
    channels = (EVERY_CHANNEL,) if wanted == "all" else tuple(wanted)
    unknown = [channel for channel in channels if channel != EVERY_CHANNEL and channel not in known]
    if unknown or not channels:
        message = f"Channels are {', '.join(known)}."
        raise ApiError("invalid_request", [Problem(path, "unknown_channel", message)])
    return channels
