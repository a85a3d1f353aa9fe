"""A kind of sent channel as data: its name, its options and how one is built; a plug-in brings nothing else.

An entry point in the group `tactful.channels` names a `ChannelKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from tactful_gateway.channels.base import Courier
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.outgoing.options import OptionProblem, no_further_checks


class ChannelKind(Struct, frozen=True):
    """One kind of sent channel.

    `config` is a `msgspec.Struct` with `forbid_unknown_fields`, whose fields are the options. `check` gets the options
    that have the right type and hold no `${NAME}`, so any of them may be absent; it says what else is wrong, never
    quoting a value. `build` gets an instance of `config` with every `${NAME}` resolved. `extra` is what has to be
    installed besides; `check` is asked without it, too.
    """

    name: str
    config: type[Struct]
    build: Callable[[Any, Clock], Courier]
    check: Callable[[Mapping[str, Any]], list[OptionProblem]] = no_further_checks
    extra: Extra | None = None
