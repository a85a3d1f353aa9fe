"""From a touchpoint call to the event that rules decide on; a page's word about its visitor counts only with proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tactful_gateway.http.credentials.identity import IdentityVerifier
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.device import read_device
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.http.wire import DeviceInput, TouchpointCall
from tactful_gateway.ledger.commands import Problem
from tactful_rules.model.event import Device, Event, Page
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits
from tactful_rules.tact import find_zone

MAX_KEY = 256
_UNDECLARED, _NO_DEVICE, _NO_PAGE = Touchpoint(id=""), Device(), Page()

Person = tuple[str, dict[str, Any]]


def server_event(call: TouchpointCall, ruleset: Ruleset, new_id: Callable[[], str]) -> Event:
    """Build the event of a call made with a server key.

    Raises:
        ApiError: `invalid_request` when there is no usable person.
    """
    if isinstance(call.person, str):
        person, data = call.person, {}
    elif call.person is not None and isinstance(call.person.get("id"), str):
        person, data = call.person["id"], call.person
    else:
        raise _invalid("person", "missing", "Say who it is: `person` is an id, or an object with an `id`.")
    device = _NO_DEVICE if call.device is None else _merge(call.device, read_device(call.device.user_agent))
    return _event(call, ruleset, (person, data), device, call.reach, new_id)


def page_event(
    call: TouchpointCall,
    ruleset: Ruleset,
    new_id: Callable[[], str],
    *,
    identity: IdentityVerifier,
    identity_header: str | None,
    user_agent: str | None,
) -> Event:
    """Build the event of a call made by a page: who it is needs an identity token, and only widgets can be offered.

    Raises:
        ApiError: `invalid_identity` or `invalid_request` when it is nobody.
    """
    token = call.identity or identity_header
    subject = identity.person(token) if token else None
    if subject is not None:
        visitor: Person = (subject, call.person if isinstance(call.person, dict) else {})
    elif call.anonymous_id is not None:
        visitor = (call.anonymous_id, {})
    elif token:
        raise ApiError("invalid_identity")
    else:
        raise _invalid("anonymous_id", "missing", "A page sends `anonymous_id`, or `identity` for a signed-in person.")
    reach: dict[str, bool | str] = {key: True for key, channel in ruleset.channels.items() if channel.kind == "widget"}
    return _event(call, ruleset, visitor, read_device(user_agent), reach, new_id)


def _event(
    call: TouchpointCall,
    ruleset: Ruleset,
    visitor: Person,
    device: Device,
    reach: dict[str, bool | str] | None,
    new_id: Callable[[], str],
) -> Event:
    person, data = visitor
    check_key("person", person)
    if call.event_id is not None:
        check_key("event_id", call.event_id)
    params, rejected = read_params(ruleset.touchpoints.get(call.touchpoint, _UNDECLARED), call.params, schema_check)
    return Event(
        touchpoint=call.touchpoint,
        person=person,
        event_id=call.event_id or new_id(),
        params=params,
        rejected_params=rejected,
        traits=read_traits(data),
        reach=reach,
        page=call.page or _NO_PAGE,
        device=device,
        locale=call.locale or _text(data.get("locale")),
        timezone=call.timezone if find_zone(call.timezone) else None,
    )


def check_key(path: str, value: str) -> None:
    """Refuse an id with control characters, an empty one, or one too long to be kept.

    Raises:
        ApiError: `invalid_request`.
    """
    if not value or not value.isprintable() or len(value) > MAX_KEY:
        raise _invalid(path, "invalid_id", f"1 to {MAX_KEY} characters, none of them control characters.")


def _merge(said: DeviceInput, parsed: Device) -> Device:
    return Device(type=said.type or parsed.type, os=said.os or parsed.os, browser=said.browser or parsed.browser)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _invalid(path: str, code: str, message: str) -> ApiError:
    return ApiError("invalid_request", (Problem(path, code, message),))
