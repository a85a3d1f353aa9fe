"""What a call supplies, as the gateway will see it: None where it will be missing, ANYTHING where nobody here can know.

Each attribute has a reader, made once; `Parents` keeps, for one call, the maps in which several attributes stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tactful_rules.conditions import ANYTHING
from tactful_rules.params import Check, compile_check, kinds_that_pass

Values: TypeAlias = Mapping[str, object] | None
Parents: TypeAlias = dict[str, object]
Reader: TypeAlias = Callable[[Values, Values, Values, Values, Parents], object]
"""Gives one attribute of a call: of its params, traits, page and device."""

_INT64 = 2**63
_UNKNOWABLE = frozenset({"history", "now"})


def is_knowable(attribute: str) -> bool:
    """Tell whether a call can supply the attribute, so that it is not always ANYTHING."""
    return attribute != "person.id" and attribute.partition(".")[0] not in _UNKNOWABLE


def make_reader(attribute: str, params: Mapping[str, dict[str, Any]]) -> Reader:
    """Make the reader of an attribute at a touchpoint that declares `params` by dotted path."""
    if attribute in params:
        schema = params[attribute]
        return _read_param(attribute, compile_check(schema), kinds_that_pass(schema))
    if not is_knowable(attribute):
        return lambda *_: ANYTHING
    root, _, rest = attribute.partition(".")
    if root == "person":
        return _read_trait(rest)
    if root == "page":
        return lambda _params, _traits, page, _device, _parents: None if page is None else _text(page, rest)
    if root == "device":
        return lambda _params, _traits, _page, device, _parents: _text(device, rest)
    return lambda *_: None


def _read_param(path: str, check: Check, passing: frozenset[type]) -> Reader:
    above, _, last = path.rpartition(".")

    def read(params: Values, _traits: Values, _page: Values, _device: Values, parents: Parents) -> object:
        value = params.get(path) if type(params) is dict else None
        if value is None:
            parent = parents[above] if above in parents else _parent(params, above, above, parents)
            if type(parent) is not dict:
                return parent
            value = parent.get(last)
        if value is None or type(value) in passing:
            return value
        value = _plain(value)
        if value is ANYTHING:
            return value
        verdict = check(value)
        return value if verdict else ANYTHING if verdict is None else None

    return read


def _read_trait(path: str) -> Reader:
    above, _, last = path.rpartition(".")
    place = f"person.{above}"

    def read(_params: Values, traits: Values, _page: Values, _device: Values, parents: Parents) -> object:
        value = traits.get(path) if type(traits) is dict else None
        if value is None:
            parent = parents[place] if place in parents else _parent(traits, above, place, parents)
            value = parent.get(last) if type(parent) is dict else None
        return ANYTHING if value is None else _plain(value)  # the gateway may know a trait that was not supplied

    return read


def _text(values: Values, name: str) -> object:
    """Give a text that was said; one left out may still be worked out from the rest, e.g. from the user agent."""
    value = values.get(name) if type(values) is dict else None
    return value if type(value) is str and value else ANYTHING


def _parent(values: object, path: str, place: str, parents: Parents) -> object:
    """Give the map at a dotted path if JSON carries it unchanged, None if there will be none, else ANYTHING."""
    found = _unchanged(values)
    for key in path.split(".") if path else ():
        if type(found) is not dict:
            break
        found = _unchanged(found.get(key))
    parents[place] = found
    return found


def _unchanged(value: object) -> object:
    """Give a map whose keys are all texts as they will be on the wire, None for what is no map, else ANYTHING."""
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return ANYTHING
        return value
    return None if value is None or _plain(value) is not ANYTHING else ANYTHING


def _plain(value: object) -> object:
    """Give the value if the gateway will see exactly this, else ANYTHING."""
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is int:
        return value if -_INT64 <= value < _INT64 else ANYTHING  # type: ignore[operator]  # an int
    if kind is float:
        return value if -1e300 < value < 1e300 else ANYTHING  # type: ignore[operator]  # a float; NaN is not either
    if kind is list and all(_plain(item) is not ANYTHING for item in value):  # type: ignore[attr-defined]  # a list
        return value
    return ANYTHING
