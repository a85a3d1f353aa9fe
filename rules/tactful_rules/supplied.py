"""What a call supplies, as the gateway will see it: None where it will be missing, ANYTHING where nobody here can know.

Each attribute has a reader, made once; `Parents` keeps, for one call, the maps in which several attributes stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tactful_rules.conditions import ANYTHING
from tactful_rules.model.attributes import BUILT_IN, PERSON_PREFIX, RESERVED_ROOTS
from tactful_rules.params import Check, Sure, compile_check, sure_of

Values: TypeAlias = Mapping[str, object] | None
Parents: TypeAlias = dict[str, object]
Reader: TypeAlias = Callable[[Values, Values, Values, Values, Parents], object]
"""Gives one attribute of a call: of its params, traits, page and device."""

_INT64 = 2**63
_UNKNOWABLE = frozenset({"history", "now"})


def is_knowable(attribute: str) -> bool:
    """Tell whether a call can supply the attribute, so that it is not always ANYTHING.

    What only a later gateway knows, such as `page.language`, it can't: nobody here can say what that will be.
    """
    if attribute.startswith(PERSON_PREFIX):
        return attribute != "person.id"
    root = attribute.partition(".")[0]
    return root not in _UNKNOWABLE and (root not in RESERVED_ROOTS or attribute in BUILT_IN)


def make_reader(attribute: str, params: Mapping[str, dict[str, Any]]) -> Reader:
    """Make the reader of an attribute at a touchpoint that declares `params` by dotted path.

    All keys of the traits themselves, and of the params, are texts.
    """
    if attribute in params:
        return _read_param(attribute, compile_check(params[attribute]), sure_of(params[attribute]))
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


def _read_param(path: str, check: Check, sure: Sure) -> Reader:
    *above, last = path.split(".")
    place = ".".join(above)
    kinds, words, least, most = sure.kinds, sure.words, sure.least, sure.most

    def read(params: Values, _traits: Values, _page: Values, _device: Values, parents: Parents) -> object:
        value = params.get(path) if type(params) is dict else None
        if value is None:
            parent = parents[place] if place in parents else _find_parent(params, above, "", place, parents)
            if type(parent) is not dict:
                return parent
            value = parent.get(last)
            if value is None:
                return None
        kind = type(value)
        if kind is str:
            if kind in kinds or value in words:
                return value
        elif kind in kinds and least <= value <= most:
            return value
        value = _plain(value)
        if value is ANYTHING:
            return value
        verdict = check(value)
        return value if verdict else ANYTHING if verdict is None else None

    return read


def _read_trait(path: str) -> Reader:
    *above, last = path.split(".")
    place = ".".join(("person", *above))

    def read(_params: Values, traits: Values, _page: Values, _device: Values, parents: Parents) -> object:
        value = traits.get(path) if type(traits) is dict else None
        if value is None:
            parent = parents[place] if place in parents else _find_parent(traits, above, "person", place, parents)
            value = parent.get(last) if type(parent) is dict else None
        return ANYTHING if value is None else _plain(value)  # the gateway may know a trait that was not supplied

    return read


def _text(values: Values, name: str) -> object:
    """Give a text that was said; one left out may still be worked out from the rest, e.g. from the user agent."""
    value = values.get(name) if type(values) is dict else None
    return value if type(value) is str and value else ANYTHING


def _find_parent(values: Values, keys: list[str], root: str, place: str, parents: Parents) -> object:
    """Give the map below `values` at these keys if JSON carries it unchanged, None if there is none, else ANYTHING."""
    found: object = parents[root] if root in parents else _unchanged(values)
    parents[root] = found
    for key in keys:
        if type(found) is not dict:
            break
        found = _unchanged(found.get(key))
    parents[place] = found
    return found


def _unchanged(value: object) -> object:
    """Give a map whose keys are all texts as they will be on the wire, None for what is no map, else ANYTHING."""
    if type(value) is not dict:
        return None if value is None or _plain(value) is not ANYTHING else ANYTHING
    for key in value:
        if type(key) is not str:
            return ANYTHING
    return value


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
