"""What the SDK can raise: at construction always, from a touchpoint only with `raise_errors=True`."""

from __future__ import annotations


class TactfulError(Exception):
    """Something kept Tactful from doing what was asked."""


class InvalidCallError(TactfulError):
    """The arguments of a touchpoint call make no event."""


class NobodyError(InvalidCallError):
    """The request that a touchpoint was called in has no person: nobody is signed in, for one."""


class UnavailableError(TactfulError):
    """The gateway gave no usable answer in time."""


class RefusedError(TactfulError):
    """The gateway refused the key or the event; sending the same again will not help."""
