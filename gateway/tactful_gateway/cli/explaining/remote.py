"""Asks a running gateway, which knows the person."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import asdict

from tactful_gateway.cli.explaining.options import Asked
from tactful_gateway.cli.remote.client import Remote
from tactful_gateway.explanation import Explanation


def ask_gateway(remote: Remote, asked: Asked) -> Explanation:
    """Have a gateway explain.

    Raises:
        RemoteError: it is not reached, or refuses.
    """
    return remote.call(Explanation, "POST", "/v1/explain", body=_call(asked))


def _call(asked: Asked) -> dict[str, Any]:
    call = {
        "touchpoint": asked.touchpoint or None,
        "person": asked.person,
        "params": {path: _value(text) for path, text in asked.params.items()},
        "reach": asked.reach,
        "device": {name: value for name, value in asdict(asked.device).items() if value is not None} or None,
        "page": {name: value for name, value in asdict(asked.page).items() if value is not None} or None,
        "timezone": asked.timezone,
        "at": asked.at,
    }
    return {name: value for name, value in call.items() if value is not None}


def _value(text: str) -> object:
    """Read a param without knowing its type: what is JSON is that, anything else is a text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
