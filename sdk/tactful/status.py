"""How the SDK is doing, for a health page or a log line."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

CircuitState = Literal["closed", "open", "half-open"]


class Status(Struct, frozen=True, kw_only=True):
    """How the SDK is doing.

    `rules_age` is how many seconds ago the gateway last confirmed the ruleset, None while there is none; `last_error`
    is what went wrong at the last look. `dropped` counts the background touchpoints lost since construction,
    `uncounted` the calls that no report had room for or that the gateway refused to count. `not_understood` are the
    ids of the rules that this SDK is too old for, or `*` for all: where they stand, every touchpoint asks the gateway.
    """

    state: Literal["on", "off", "closed"]
    version: str | None
    rules_age: float | None
    last_error: str | None
    circuit: CircuitState
    queued: int
    dropped: int
    uncounted: int
    not_understood: tuple[str, ...] = ()
