"""Reads the declared params of one touchpoint out of a call: the numbers to count, and what broke its schema.

Every call comes through here, so what needs no schema check (a text where any text will do) gets none.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from tactful_rules.conditions import ANYTHING, find
from tactful_rules.mistakes.causes import likely_cause
from tactful_rules.params import Check, compile_check, sure_of

ANY_PARAM = "*"
"""No param's name: a stand-in's ruleset declares it where any params are fine."""
_NUMERIC = {"number", "integer"}
_SAFE = 1e18
"""JSON carries numbers up to this as they are, whatever their type."""


class Reading(Struct, frozen=True, gc=False):
    """What a call's params come to.

    `values` are the declared params that do not break their schema, by dotted path, as the gate takes them: `ANYTHING`
    where only the gateway can tell. `numbers` are those declared as numbers, `strangers` what nobody declared. `plain`
    says that JSON carries all that was read as it is; without it only what comes off the wire tells what the gateway
    will see.
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
    numeric: bool
    check: Check


_Glance: TypeAlias = tuple[str, str, type | None, tuple[frozenset[str], bool, float, float]]
"""What of a param's values needs no schema check: its path, its key in the map in which it stands, a type (`str` or
`bool`) of which all values are fine, and else which words, and numbers, which have to be whole, from where to where.

A plain tuple, since Python takes that apart three times as fast as a named one, for each param of each call."""


class Declared:
    """The params that one touchpoint declares, made ready for many calls."""

    def __init__(self, touchpoint: str, schemas: dict[str, dict[str, Any]]) -> None:
        self.touchpoint = touchpoint
        self.paths = tuple(schemas)
        self._schemas = schemas
        self._any = ANY_PARAM in schemas
        self._tree = _tree(schemas)
        self._params: list[_Param] = []
        self._flat: dict[str, tuple[_Glance, ...]] = {}
        self._nested: dict[str, tuple[_Glance, ...]] = {}
        for path, schema in {} if self._any else schemas.items():
            root, *below = path.split(".")
            name = below[0] if len(below) == 1 else None
            numeric = bool(_NUMERIC & _types(schema))
            self._params.append(_Param(path, root, name, numeric, compile_check(schema)))
            self._flat[path] = (_glance(path, path, schema, numeric),)
            if name is not None and root not in schemas:  # a map that is a param itself takes more than a glance
                self._nested[root] = (*self._nested.get(root, ()), _glance(path, name, schema, numeric))

    def read(self, params: dict[str, Any]) -> Reading:
        """Read a call's params, nested or with dotted keys; a key written as the whole path comes first."""
        return self._glance(params) or self._study(params)

    def question(self, path: str, params: dict[str, Any]) -> str:
        """Give why a param may have broken its schema, without anything of its value."""
        schema = self._schemas[path]
        value = params.get(path)
        check = compile_check(schema)
        cause = likely_cause(find(params, path) if value is None else value, schema, lambda meant: check(meant) is True)
        return cause.question.rstrip(":")

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
            for path, name, as_is, others in glances:
                value = inner.get(name)
                kind = type(value)
                if kind is as_is:
                    values[path] = value
                    continue
                words, whole, low, high = others
                if (kind is int or (kind is float and not whole)) and low <= value <= high:
                    values[path] = value
                    numbers[path] = float(value)
                elif kind is str and value in words:
                    values[path] = value
        return Reading(values, numbers, (), (), True) if supplied == len(values) else None

    def _study(self, params: dict[str, Any]) -> Reading:
        """Read any params."""
        values: dict[str, Any] = {}
        numbers: dict[str, float] = {}
        rejected: list[str] = []
        plain = True
        for path, root, name, numeric, check in self._params:
            value: Any = params.get(path)
            if value is None:
                if name is None:
                    value = find(params, path)
                else:
                    value = params.get(root)
                    value = value.get(name) if type(value) is dict else None
            if value is None:
                continue
            carried, verdict = _is_plain(value), check(value)
            plain = plain and carried
            if verdict is False:
                rejected.append(path)
                continue
            # What only the gateway's full validator can judge counts as good, and is counted.
            values[path] = value if verdict and carried else ANYTHING
            if numeric and isinstance(value, int | float) and not isinstance(value, bool):
                numbers[path] = float(value)
        strangers, known = self._strangers(params)
        return Reading(values, numbers, tuple(rejected), strangers, plain and known)

    def _strangers(self, params: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
        """Give what nobody declared, and whether a declared name cannot hide in what JSON would change."""
        if self._any:
            return (), True
        strangers: list[str] = []
        plain = _walk(params, self._tree, "", strangers)
        return tuple(strangers), plain


def _glance(path: str, name: str, schema: dict[str, Any], numeric: bool) -> _Glance:
    sure = sure_of(schema)
    as_is = next((kind for kind in (str, bool) if kind in sure.kinds), None)
    low, high = (sure.least, sure.most) if numeric and int in sure.kinds else (inf, -inf)
    return path, name, as_is, (sure.words, float not in sure.kinds, low, high)


def _types(schema: dict[str, Any]) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(kind) if isinstance(kind, list) else set()


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
