"""Finds earlier ways that hold wherever a later one does: alone, or several together that differ in one attribute.

Kept by the values that an attribute may be listed with, so that a thousand rules for as many cities are not compared
with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

from tactful_rules.conditions.sets.values import Domain, Values, covered
from tactful_rules.conditions.sets.ways import Way

_Owner = TypeVar("_Owner")
_Key = tuple[str, str, object]
_TOGETHER: Final = 16
"""With more listed values of an attribute it is not looked for ways that hold some of them each."""


_PARTS: Final = 32
"""How many ways are tried together."""


class Cover(Generic[_Owner]):
    """Ways with their owners, in the order in which they were added; `domain` says what each attribute can be."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._listed: dict[_Key, list[tuple[Way, _Owner]]] = {}
        self._others: list[tuple[Way, _Owner]] = []

    def add(self, way: Way, owner: _Owner) -> None:
        """Take a way; attributes that it leaves open count for nothing."""
        kept = {name: values for name, values in way.items() if not covered(self._domain(name), [values])}
        keys = min((keys for name in kept if (keys := _keys(name, kept[name]))), key=len, default=None)
        if keys is None:
            self._others.append((kept, owner))
        for key in keys or ():
            self._listed.setdefault(key, []).append((kept, owner))

    def find(self, way: Way, accept: Callable[[_Owner], bool]) -> tuple[_Owner, ...] | None:
        """Give the accepted owner of a way that holds wherever this one does, else owners that do together, or None."""
        nearly: dict[str, list[tuple[Values, _Owner]]] = {}
        for other, owner in self._candidates(way):
            lacking = self._lacking(other, way)
            if len(lacking) > 1 or not accept(owner):
                continue
            if not lacking:
                return (owner,)
            nearly.setdefault(lacking[0], []).append((other[lacking[0]], owner))
        for name, parts in nearly.items():
            needed = _needed(self._values(way, name), parts[:_PARTS])
            if needed:
                return tuple(dict.fromkeys(owner for _, owner in needed))
        return None

    def _values(self, way: Way, name: str) -> Values:
        return way[name] if name in way else self._domain(name)

    def _lacking(self, other: Way, way: Way) -> list[str]:
        """Give attributes whose values in `way` the other has not all; two are enough to know that it is no use."""
        lacking: list[str] = []
        for name, values in other.items():
            if not covered(self._values(way, name), [values]):
                lacking.append(name)
                if len(lacking) > 1:
                    break
        return lacking

    def _candidates(self, way: Way) -> Iterator[tuple[Way, _Owner]]:
        yield from self._others
        for name, values in way.items():
            keys = _keys(name, values) or []
            for key in keys if len(keys) <= _TOGETHER else keys[:1]:
                yield from self._listed.get(key, ())


def _needed(values: Values, parts: list[tuple[Values, _Owner]]) -> list[tuple[Values, _Owner]]:
    """Give as few of the parts as hold all the values together, none if all of them do not."""
    if not covered(values, [part for part, _ in parts]):
        return []
    for each in reversed(parts):
        fewer = [part for part in parts if part is not each]
        if covered(values, [part for part, _ in fewer]):
            parts = fewer
    return parts


def _keys(name: str, values: Values) -> list[_Key] | None:
    listed = values.listed()
    return None if listed is None else [(name, kind, value) for kind, value in listed]
