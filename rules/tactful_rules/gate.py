"""The SDK's gate: "no rule can match", or maybe. It never says yes, and its no is never the gateway's yes.

What the gate can't know for certain as the gateway will see it may be anything: history, the clock, a value that JSON
changes on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from tactful_rules.conditions import ANYTHING, Lookup
from tactful_rules.conditions.generated import LazyMatch
from tactful_rules.conditions.index import Find, Index, Mask, build_index
from tactful_rules.model.ids import HOUR, Instant, Span
from tactful_rules.model.ruleset import GateRule, GateRuleset
from tactful_rules.supplied import Parents, Reader, Values, is_knowable, make_reader

CLOCK_SKEW: Final[Span] = HOUR
"""How far this machine's clock may be from the gateway's before `from` and `until` are judged wrongly."""

_NOTHING: Final[Mapping[str, object]] = {}

FinalReason: TypeAlias = Literal["unknown_touchpoint", "no_rule"]


class _Rule:
    """A rule made ready: when it may be in force, and what tells whether its condition may be true."""

    __slots__ = ("_closes", "_opens", "_possible", "when")

    def __init__(self, rule: GateRule) -> None:
        self.when = rule.when
        self._opens = float("-inf") if rule.from_ is None else rule.from_ - CLOCK_SKEW
        self._closes = float("inf") if rule.until is None else rule.until + CLOCK_SKEW
        self._possible = None if rule.when is None else LazyMatch(rule.when, possible=True)

    def may_match(self, now: Instant, lookup: Lookup) -> bool:
        if not self._opens <= now < self._closes:
            return False
        return self._possible is None or self._possible(lookup)


class _Place(Struct, frozen=True):
    """A touchpoint made ready: its rules, the index over them, and how the attributes that they test are read."""

    rules: tuple[_Rule, ...]
    index: Index
    everything: Mask
    readers: Mapping[str, Reader]
    columns: tuple[tuple[str | None, Reader, Callable[[type, Find], Find], Find], ...]
    """Begins with the path where the attribute is a param."""


class Gate:
    """A gate ruleset made ready; it never changes, so threads and tasks may share it."""

    __slots__ = ("_places", "version")

    def __init__(self, ruleset: GateRuleset) -> None:
        self.version = ruleset.version
        rules: dict[str, list[_Rule]] = {touchpoint: [] for touchpoint in ruleset.touchpoints}
        for rule in ruleset.rules:
            ready = _Rule(rule)
            for touchpoint in rule.at:
                if touchpoint in rules:
                    rules[touchpoint].append(ready)
        self._places = {touchpoint: _ready(some, ruleset.touchpoints[touchpoint]) for touchpoint, some in rules.items()}

    def refuses(
        self,
        touchpoint: str,
        params: Values,
        traits: Values,
        now: Instant,
        *,
        page: Values = None,
        device: Values = None,
        read: bool = False,
    ) -> FinalReason | None:
        """Give the final reason not to ask, or None for "maybe".

        All maps are as the caller will send them: `params` nested or by dotted path, `traits` the person's data, `page`
        and `device` as in the body of `POST /v1/touchpoints`. Values of any type are fine. Who has `read` the params
        already gives them by dotted path: those that meet their schema, `ANYTHING` for one that may not.
        """
        place = self._places.get(touchpoint)
        if place is None:
            return "unknown_touchpoint"
        parents: Parents = {}
        mask = place.everything
        known = _NOTHING if params is None else params
        if traits is not None and _has_odd_key(traits):
            traits = None
        if not read and _has_odd_key(params):
            return None
        for path, look, find_by_kind, odd in place.columns:  # `Index.possible` would take half as long again
            value = known.get(path) if read and path is not None else look(params, traits, page, device, parents)
            if value is not ANYTHING:
                mask &= find_by_kind(type(value), odd)(value)
                if not mask:
                    return "no_rule"
        lookup = _Known(place.readers, (params, traits, page, device, parents)).__getitem__
        for number in place.index.places(mask, lookup):
            if place.rules[number].may_match(now, lookup):
                return None
        return "no_rule"


def _ready(rules: list[_Rule], params: dict[str, dict[str, Any]]) -> _Place:
    readers = _Readers(params)
    index = build_index([rule.when for rule in rules], known=is_knowable)
    columns = tuple(
        (name if (name := column.attribute) in params else None, readers[name], column.kinds.get, column.odd)
        for column in index.columns
    )
    return _Place(rules=tuple(rules), index=index, everything=index.everything, readers=readers, columns=columns)


def _has_odd_key(values: Values) -> bool:
    """Tell whether a key is no text: JSON makes it one, beside which the same may stand, and the last one counts."""
    if type(values) is dict:
        for key in values:
            if type(key) is not str:
                return True
    return False


class _Readers(dict[str, Reader]):
    """The readers of a touchpoint's attributes, each made when it is first needed."""

    __slots__ = ("_params",)

    def __init__(self, params: Mapping[str, dict[str, Any]]) -> None:
        super().__init__()
        self._params = params

    def __missing__(self, attribute: str) -> Reader:
        reader = self[attribute] = make_reader(attribute, self._params)
        return reader


class _Known(dict[str, object]):
    """The attributes of one call as the gateway will see them, each worked out when a rule first names it."""

    __slots__ = ("_call", "_readers")

    def __init__(self, readers: Mapping[str, Reader], call: tuple[Values, Values, Values, Values, Parents]) -> None:
        super().__init__()
        self._readers = readers
        self._call = call

    def __missing__(self, name: str) -> object:
        value = self[name] = self._readers[name](*self._call)
        return value
