"""Reads the declared params of one touchpoint out of a call: the numbers to count, and what broke its schema.

Every call comes through here, so what needs no schema check (a text where any text will do) gets none.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

from msgspec import Struct

from tactful_rules.conditions import find
from tactful_rules.params import Check, compile_check

ANY_PARAM = "*"
"""No param's name: a stand-in's ruleset declares it where any params are fine."""
_NUMERIC = {"number", "integer"}
_ANNOTATIONS = {"title", "description", "examples", "default"}
_SAFE = 1e18
"""JSON carries numbers up to this as they are, whatever their type."""


class Reading(Struct, frozen=True, gc=False):
    """What a call's params come to.

    `values` are the declared params that do not break their schema, by dotted path, `numbers` those declared as
    numbers, `strangers` what nobody declared. `plain` says that JSON carries all that was read as it is; without it
    only what comes off the wire tells what the gateway will see.
    """

    values: dict[str, Any]
    numbers: dict[str, float]
    rejected: tuple[str, ...]
    strangers: tuple[str, ...]
    plain: bool


class _Param(NamedTuple):
    path: str
    root: str
    name: str | None
    """What follows `root` in a path of two; None in other paths."""
    as_is: type | None
    """Values of this type, `str` or `bool`, need no check."""
    whole: bool
    low: float
    high: float
    """Between these a number needs no check, unless it has to be a whole one."""
    numeric: bool
    check: Check


class _Glance(NamedTuple):
    """How to read a param without a schema check, out of the map in which it stands under `name`."""

    path: str
    name: str
    as_is: type | None
    whole: bool
    low: float
    high: float


class Declared:
    """The params that one touchpoint declares, made ready for many calls."""

    def __init__(self, touchpoint: str, schemas: dict[str, dict[str, Any]]) -> None:
        self.touchpoint = touchpoint
        self.paths = tuple(schemas)
        self._any = ANY_PARAM in schemas
        self._params = () if self._any else tuple(_ready(path, schema) for path, schema in schemas.items())
        self._tree = _tree(schemas)
        self._deep = any(path.count(".") > 1 for path in schemas)
        self._flat: dict[str, tuple[_Glance, ...]] = {}
        self._nested: dict[str, tuple[_Glance, ...]] = {}
        for param in self._params:
            self._flat[param.path] = (_Glance(param.path, param.path, *param[3:7]),)
            if param.name is not None:
                glance = _Glance(param.path, param.name, *param[3:7])
                self._nested[param.root] = (*self._nested.get(param.root, ()), glance)

    def read(self, params: dict[str, Any]) -> Reading:
        """Read a call's params, nested or with dotted keys; a key written as the whole path comes first."""
        return self._glance(params) or self._study(params)

    def _glance(self, params: dict[str, Any]) -> Reading | None:
        """Read params that are all declared and need no schema check, as most do; None for any others."""
        values: dict[str, Any] = {}
        numbers: dict[str, float] = {}
        supplied = 0
        for key, inner in params.items():
            if type(inner) is dict:
                glances = self._nested.get(key)
                supplied += len(inner)
            else:
                glances = self._flat.get(key)
                inner = params
                supplied += 1
            if glances is None:
                return None
            for path, name, as_is, whole, low, high in glances:
                value = inner.get(name)
                kind = type(value)
                if kind is as_is:
                    values[path] = value
                elif (kind is int or (kind is float and not whole)) and low <= value <= high:
                    values[path] = value
                    numbers[path] = float(value)
        return Reading(values, numbers, (), (), True) if supplied == len(values) else None

    def _study(self, params: dict[str, Any]) -> Reading:
        """Read any params."""
        values: dict[str, Any] = {}
        numbers: dict[str, float] = {}
        rejected: list[str] = []
        plain = True
        for path, root, name, _, _, _, _, numeric, check in self._params:
            value: Any = params.get(path)
            if value is None:
                if name is None:
                    value = find(params, path)
                else:
                    value = params.get(root)
                    value = value.get(name) if type(value) is dict else None
            if value is None:
                continue
            plain = plain and _is_plain(value)
            if check(value) is False:  # what only the gateway's full validator can judge counts as good
                rejected.append(path)
                continue
            values[path] = value
            if numeric and isinstance(value, int | float) and not isinstance(value, bool):
                numbers[path] = float(value)
        strangers: tuple[str, ...] = ()
        if not (plain and self._all_found(params, len(values) + len(rejected))):
            strangers, known = self._strangers(params)
            plain = plain and known
        return Reading(values, numbers, tuple(rejected), strangers, plain)

    def _all_found(self, params: dict[str, Any], found: int) -> bool:
        """Tell whether no more was supplied than was found: then there is no stranger to look for."""
        if self._deep:
            return False
        supplied = 0
        for value in params.values():
            supplied += len(value) if type(value) is dict else 1
        return supplied == found

    def _strangers(self, params: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
        """Give what nobody declared, and whether a declared name cannot hide in what JSON would change."""
        if self._any:
            return (), True
        strangers: list[str] = []
        plain = _walk(params, self._tree, "", strangers)
        return tuple(strangers), plain


def _ready(path: str, schema: dict[str, Any]) -> _Param:
    root, *below = path.split(".")
    kind = schema.get("type")
    words = set(schema) - _ANNOTATIONS - {"type"}
    low, high = inf, -inf
    if kind in ("number", "integer") and words <= {"minimum", "maximum"}:
        low, high = max(schema.get("minimum", -_SAFE), -_SAFE), min(schema.get("maximum", _SAFE), _SAFE)
    as_is = {"string": str, "boolean": bool}.get(kind) if isinstance(kind, str) and not words else None
    kinds = {kind} if isinstance(kind, str) else set(kind) if isinstance(kind, list) else set()
    return _Param(
        path=path,
        root=root,
        name=below[0] if len(below) == 1 else None,
        as_is=as_is,
        whole=kind == "integer",
        low=low,
        high=high,
        numeric=bool(_NUMERIC & kinds),
        check=compile_check(schema),
    )


def _tree(paths: dict[str, Any]) -> dict[str, Any]:
    """Turn dotted paths into nested maps that also have each whole path, True where a param ends."""
    tree: dict[str, Any] = {}
    for path in paths:
        *above, last = path.split(".")
        branch = tree
        for key in above:
            below = branch.setdefault(key, {})
            if below is True:  # a whole object is declared: what is below belongs to it
                break
            branch = below
        else:
            branch[last] = True
        tree[path] = True
    return tree


def _walk(params: dict[str, Any], tree: dict[str, Any], prefix: str, strangers: list[str]) -> bool:
    """Note what the tree does not have; tell whether all on the way is as JSON carries it."""
    plain = True
    for key, value in params.items():
        if type(key) is not str:  # on the wire it will be a text, and may be a declared one
            plain = False
        below = tree.get(key)
        if below is True or value is None:
            continue
        if type(value) is dict and below is not None:
            plain = _walk(value, below, f"{prefix}{key}.", strangers) and plain
        elif value != {}:
            strangers.append(f"{prefix}{key}")
            plain = plain and (below is None or _is_plain(value))
    return plain


def _is_plain(value: object) -> bool:
    """Tell whether JSON carries the value as it is; False where that takes looking deeper than into a list."""
    kind = type(value)
    if kind is str or kind is bool:
        return True
    if kind is int or kind is float:
        return -_SAFE <= value <= _SAFE  # type: ignore[operator]  # a number; not a number compares as False
    return kind is list and all(_is_plain(item) for item in value)  # type: ignore[attr-defined]  # a list
