"""Finds earlier ways that hold wherever a later one does: alone, or several together that differ in one attribute.

Kept by the values that an attribute may be listed with, so that a thousand rules for as many cities are not compared
with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import Final, Generic, TypeVar

from msgspec import Struct

from tactful_rules.conditions.sets.values import Domain, Values, covered
from tactful_rules.conditions.sets.ways import Way

_Owner = TypeVar("_Owner")
_Key = tuple[str, str, object]
_UNLISTED: Final[_Key] = ("", "", None)
_TOGETHER: Final = 16
"""With more listed values of an attribute it is not looked for ways that hold some of them each."""
_PARTS: Final = 32
"""How many ways are tried together."""
_COMPARED: Final = 250_000
"""How often two ways are compared in all; then nothing more is called covered. A second's worth."""


class _Earlier(Struct, Generic[_Owner], frozen=True, eq=False):
    """A way with its owner; attributes that the way leaves open are not in it."""

    way: Way
    owner: _Owner


class Cover(Generic[_Owner]):
    """Ways with their owners, in the order in which they were added; `domain` says what each attribute can be."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._left = _COMPARED
        self._kept: dict[_Key, dict[frozenset[str], list[_Earlier[_Owner]]]] = {}

    def add(self, way: Way, owner: _Owner) -> None:
        """Take a way of which no attribute is impossible."""
        limited = {name: values for name, values in way.items() if not values.covers(self._domain(name))}
        choices = [keys for name, values in limited.items() if (keys := _keys(name, values))]
        earlier = _Earlier(limited, owner)
        for key in min(choices, key=self._crowd, default=[_UNLISTED]):
            self._kept.setdefault(key, {}).setdefault(frozenset(limited), []).append(earlier)

    def find(self, way: Way, accept: Callable[[_Owner], bool]) -> tuple[_Owner, ...] | None:
        """Give the accepted owner of a way that holds wherever this one does, else owners that do together, or None."""
        nearly: dict[str, list[_Earlier[_Owner]]] = {}
        for earlier in self._candidates(way):
            self._left -= 1
            if self._left < 0:
                return None
            lacking = self._lacking(earlier, way)
            if not lacking and accept(earlier.owner):
                return (earlier.owner,)
            if len(lacking) == 1:
                some = nearly.setdefault(lacking[0], [])
                if len(some) < _PARTS and accept(earlier.owner):
                    some.append(earlier)
        for name, some in nearly.items():
            needed = _needed(self._values(way, name), [(each.way[name], each.owner) for each in some])
            if needed:
                return tuple(dict.fromkeys(owner for _, owner in needed))
        return None

    def _values(self, way: Way, name: str) -> Values:
        return way[name] if name in way else self._domain(name)

    def _crowd(self, keys: list[_Key]) -> int:
        """Give how many ways stand together under one of the keys already: the attribute that spreads them is best."""
        return max(sum(map(len, self._kept.get(key, {}).values())) for key in keys)

    @staticmethod
    def _lacking(earlier: _Earlier[_Owner], way: Way) -> list[str]:
        """Give attributes whose values in `way` the earlier has not all; two are enough to know that it is no use."""
        lacking: list[str] = []
        for name, values in earlier.way.items():
            if name not in way or not values.covers(way[name]):
                lacking.append(name)
                if len(lacking) > 1:
                    break
        return lacking

    def _candidates(self, way: Way) -> Iterator[_Earlier[_Owner]]:
        seen: set[int] = set()
        named = frozenset(way)
        for key in self._looked_up(way):
            for names, some in self._kept.get(key, {}).items():
                if not names <= named and not self._may_hold(names - named):
                    continue
                for earlier in some:
                    if id(earlier) not in seen:
                        seen.add(id(earlier))
                        yield earlier

    @staticmethod
    def _looked_up(way: Way) -> Iterator[_Key]:
        yield _UNLISTED
        for name, values in way.items():
            keys = _keys(name, values) or []
            yield from keys if len(keys) <= _TOGETHER else keys[:1]

    def _may_hold(self, limited: Set[str]) -> bool:
        """Tell whether ways that limit these attributes, which are open in the way at hand, may hold it together.

        Not where an attribute may have values that no test is true of: each way leaves those out.
        """
        return len(limited) == 1 and not any(self._domain(name).others for name in limited)


def _needed(values: Values, parts: list[tuple[Values, _Owner]]) -> list[tuple[Values, _Owner]]:
    """Give as few of the parts as hold all the values together, none if all of them do not."""
    if len(parts) < 2 or not covered(values, [part for part, _ in parts]):
        return []
    for each in reversed(parts):
        fewer = [part for part in parts if part is not each]
        if covered(values, [part for part, _ in fewer]):
            parts = fewer
    return parts


def _keys(name: str, values: Values) -> list[_Key] | None:
    listed = values.listed()
    return None if listed is None else [(name, kind, value) for kind, value in listed]
