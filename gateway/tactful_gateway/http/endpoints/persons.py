"""`/v1/persons/{id}`: what a person wishes, which ids are the person's, and all that is kept, to see or to erase."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from msgspec import UnsetType
from starlette.responses import Response, StreamingResponse

from tactful_gateway.http.endpoints.invitations import taken
from tactful_gateway.http.operation import JSON, Call, answer
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.event import check_key
from tactful_gateway.http.wire import AliasCall, Channels, PreferencesCall, Receipt
from tactful_gateway.keeping.erasing import erase_person
from tactful_gateway.keeping.exporting import export_person
from tactful_gateway.keeping.model import ErasureQuery, ErasureReceipt
from tactful_gateway.ledger.commands import Alias, OptIn, OptOut, Problem
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.person import EVERY_CHANNEL

_UNCACHED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


async def prefer(call: Call) -> Response:
    """Opt a person out of everything, or of some channels, or take that back."""
    body: PreferencesCall = call.body
    person = _person(call)
    out, back = body.opt_out, body.opt_in
    if isinstance(back, UnsetType) and not isinstance(out, UnsetType):
        accepted = taken(await call.submit(OptOut(person, _channels(call, "opt_out", out))))
    elif isinstance(out, UnsetType) and not isinstance(back, UnsetType):
        accepted = taken(await call.submit(OptIn(person, _channels(call, "opt_in", back))))
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
    accepted = taken(await call.submit(Alias(body.anonymous, person)))
    return answer(Receipt(accepted.duplicate))


async def export(call: Call) -> Response:
    """Give everything kept of a person."""
    services, person = call.services, _whole(call)
    await services.store.personal.ids(person)  # a store that can't be read is told before an answer began
    parts = export_person(services.store, services.vault, person, services.clock.now())
    return StreamingResponse(parts, media_type=JSON, headers=_UNCACHED)


async def erase(call: Call) -> Response:
    """Erase everything kept of a person, and have the destinations do so."""
    services, query = call.services, call.query
    assert isinstance(query, ErasureQuery)
    erased = await erase_person(
        services.store,
        services.ledger,
        _whole(call),
        services.new_id(),
        keep_opt_outs=query.keep_opt_outs == "1",
    )
    services.lookups.forget(erased.ids)
    receipt = ErasureReceipt(
        id=erased.receipt, at=rfc3339(erased.at), erased=erased.held, kept_opt_outs=erased.kept_opt_outs
    )
    return answer(receipt)


def _whole(call: Call) -> str:
    """Give the person whom the whole path is about.

    Slashes of an id are to be written as %2F here: a misspelt `.../preferences` must not find, or erase, nobody.
    """
    person = _person(call)
    path: bytes = call.scope.get("raw_path") or b""
    if b"/" in path.partition(b"/v1/persons/")[2].partition(b"?")[0]:
        raise ApiError("not_found", detail="A slash in a person's id is written as %2F.")
    return person


def _person(call: Call) -> str:
    path: bytes = call.scope.get("raw_path") or b""
    try:
        unquote_to_bytes(path.partition(b"?")[0]).decode()
    except UnicodeDecodeError:
        # The server has put U+FFFD there: it would be another person, of whom nothing is kept or erased.
        message = "An id in the path is UTF-8, percent-encoded."
        raise ApiError("invalid_request", [Problem("person", "invalid_id", message)]) from None
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
