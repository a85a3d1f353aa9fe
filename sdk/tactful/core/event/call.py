"""Reads the arguments of a touchpoint call into an event: what the gate then sees is what the gateway would receive.

The arguments go through the wire's own encoding and back, so that a `Decimal`, a `datetime` or a NaN means the same
to the gate as to the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tactful.core.event.places import find_place
from tactful.errors import InvalidCallError

MAX_BYTES = 64 * 1024
"""The gateway takes no larger request."""

MAX_KEY = 256
Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY)]
Short = Annotated[str, Meta(max_length=512)]


class Call(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/touchpoints`."""

    touchpoint: Annotated[str, Meta(min_length=1, max_length=64)]
    person: str | dict[str, Any]
    event_id: Key
    params: dict[str, Any] = {}
    reach: dict[str, bool | Short] | None = None
    page: dict[str, str | None] | None = None
    device: dict[str, str | None] | None = None
    locale: Short | None = None
    timezone: Short | None = None

    @property
    def traits(self) -> dict[str, Any] | None:
        """The person's data."""
        return None if isinstance(self.person, str) else self.person


def is_key(value: object) -> bool:
    """Tell whether a value may be the id of a person or an event: 1 to 256 printable characters."""
    return type(value) is str and 0 < len(value) <= MAX_KEY and value.isprintable()


_LEAST = {"touchpoint": "t", "person": "p", "event_id": "e"}
_UNREADABLE = (msgspec.MsgspecError, TypeError, ValueError, RecursionError, RuntimeError)


def _as_dict(value: object) -> dict[Any, Any]:
    """Give what the encoder can take of a mapping that is no dict, e.g. a read-only view."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"objects of type {type(value).__name__} have no form in JSON")


_encode = msgspec.json.Encoder(enc_hook=_as_dict).encode
_decode = msgspec.json.Decoder(Call).decode


def read_call(arguments: dict[str, Any]) -> tuple[Call, bytes]:
    """Give the event that `arguments` (named as in `Call`) make, and its body.

    Raises `InvalidCallError`, whose message names the place of what is wrong and types, but no value.
    """
    if arguments["person"] is None:
        raise InvalidCallError("there is no person: pass `person`, or let a middleware tell who it is")
    try:
        body = _encode({name: value for name, value in arguments.items() if value is not None})
        call = _decode(body)
    except _UNREADABLE as error:
        raise InvalidCallError(_explain(error, arguments)) from None
    person = call.person if isinstance(call.person, str) else call.person.get("id")
    if isinstance(person, int):
        raise InvalidCallError("person.id: an id is a text, and this is a number: write str(...) around it")
    if not is_key(person):
        raise InvalidCallError("person must be an id, or a dict with an id: 1 to 256 printable characters")
    if not is_key(call.event_id):
        raise InvalidCallError("event_id must be printable")
    if len(body) > MAX_BYTES:
        raise InvalidCallError(f"the event has {len(body)} bytes; the gateway takes {MAX_BYTES}")
    return call, body


def _explain(error: Exception, arguments: dict[str, Any]) -> str:
    place = find_place({name: value for name, value in arguments.items() if value is not None}, _fits)
    if place == "person" and isinstance(arguments["person"], int):
        return "person: an id is a text, and this is a number: write str(...) around it"
    if isinstance(error, RecursionError):
        return f"{place.partition('.')[0]}: it lies too deep, or contains itself"
    if isinstance(error, UnicodeError):  # its text would quote the value
        said = "a text holds characters that are not Unicode"
    else:
        said = str(error).partition(" - at `")[0]
    return f"{place}: {said}" if place else said


def _fits(some: Mapping[str, Any]) -> bool:
    try:
        _decode(_encode({**_LEAST, **some}))
    except _UNREADABLE:
        return False
    return True
