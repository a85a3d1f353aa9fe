"""Libraries that only some kinds need: each is an extra of ours, and a kind says what to install."""

from __future__ import annotations

from importlib.util import find_spec

from msgspec import Struct

from tactful_gateway.outgoing.options import OptionProblem


class Extra(Struct, frozen=True):
    """A library that a kind needs and `pip install "tactful[name]"` brings; `module` tells whether it is there."""

    name: str
    module: str

    def is_missing(self) -> bool:
        """Tell whether it has still to be installed."""
        return find_spec(self.module) is None


def check_extra(whose: str, extra: Extra | None) -> list[OptionProblem]:
    """Find that what a kind needs is not installed; `whose` (`a sink of kind nats`) stands in the message."""
    if extra is None or not extra.is_missing():
        return []
    return [OptionProblem("kind", "missing_extra", f'{whose} needs `pip install "tactful[{extra.name}]"`')]
