"""The SDK's gate: "no rule can match", or maybe. It never says yes, and its no is never the gateway's yes.

What the gate can't know for certain as the gateway will see it may be anything: history, the clock, a value that JSON
changes on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from tactful_rules.conditions import ANYTHING, TRUE, Lookup, compile_possible
from tactful_rules.model.condition import All, Condition
from tactful_rules.model.ids import HOUR, Instant, Span
from tactful_rules.model.ruleset import GateRule, GateRuleset
from tactful_rules.params import Check, compile_check

CLOCK_SKEW: Final[Span] = HOUR
"""How far this machine's clock may be from the gateway's before `from` and `until` are judged wrongly."""

FinalReason: TypeAlias = Literal["unknown_touchpoint", "no_rule"]
_Values: TypeAlias = Mapping[str, object] | None
_INT64 = 2**63


class _Rule(Struct, frozen=True):
    """A rule made ready: when it may be in force, and the parts that must all be able to be true."""

    opens: float
    closes: float
    parts: tuple[Callable[[Lookup], int], ...]

    def may_match(self, now: Instant, lookup: Lookup) -> bool:
        if not self.opens <= now < self.closes:
            return False
        for part in self.parts:  # noqa: SIM110 - `all()` over a generator costs twice as much here
            if not part(lookup) & TRUE:
                return False
        return True


class Gate:
    """A gate ruleset made ready; it never changes, so threads and tasks may share it."""

    __slots__ = ("_checks", "_rules", "version")

    def __init__(self, ruleset: GateRuleset) -> None:
        self.version = ruleset.version
        self._checks = {
            touchpoint: {path: compile_check(schema) for path, schema in params.items()}
            for touchpoint, params in ruleset.touchpoints.items()
        }
        rules: dict[str, list[_Rule]] = {touchpoint: [] for touchpoint in ruleset.touchpoints}
        for rule in ruleset.rules:
            compiled = _compile(rule)
            for touchpoint in rule.at:
                rules.setdefault(touchpoint, []).append(compiled)
        self._rules = {touchpoint: tuple(compiled) for touchpoint, compiled in rules.items()}

    def refuses(
        self,
        touchpoint: str,
        params: _Values,
        traits: _Values,
        now: Instant,
        *,
        page: _Values = None,
        device: _Values = None,
    ) -> FinalReason | None:
        """Give the final reason not to ask, or None for "maybe".

        All maps are as the caller will send them: `params` nested or by dotted path, `traits` the person without the
        id, `page` and `device` as in the body of `POST /v1/touchpoints`. Values of any type are fine.
        """
        checks = self._checks.get(touchpoint)
        if checks is None:
            return "unknown_touchpoint"
        lookup = _Known(checks, params, traits, page, device).__getitem__
        for rule in self._rules[touchpoint]:
            if rule.may_match(now, lookup):
                return None
        return "no_rule"


def _compile(rule: GateRule) -> _Rule:
    return _Rule(
        opens=float("-inf") if rule.from_ is None else rule.from_ - CLOCK_SKEW,
        closes=float("inf") if rule.until is None else rule.until + CLOCK_SKEW,
        parts=tuple(compile_possible(part) for part in _parts(rule.when)),
    )


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, All) else (condition,)


class _Known(dict[str, object]):
    """The attributes of one call as the gateway will see them, each worked out when a rule first names it.

    None is what will be missing there, ANYTHING what may be anything.
    """

    __slots__ = ("_checks", "_device", "_page", "_params", "_traits")

    def __init__(
        self, checks: Mapping[str, Check], params: _Values, traits: _Values, page: _Values, device: _Values
    ) -> None:
        super().__init__()
        self._checks = checks
        self._params = params
        self._traits = traits
        self._page = page
        self._device = device

    def __missing__(self, name: str) -> object:
        value = self[name] = self._look(name)
        return value

    def _look(self, name: str) -> object:
        if name in self._checks:
            return self._param(name)
        root, _, rest = name.partition(".")
        if root == "person":
            value = ANYTHING if rest == "id" else find_plain(self._traits, rest)
            return ANYTHING if value is None else value  # the gateway may know a trait that was not supplied
        if root == "page" and self._page is None:
            return None
        if root == "page" or root == "device":
            return self._text(self._page if root == "page" else self._device, rest)
        return ANYTHING if root in ("history", "now") else None

    def _param(self, path: str) -> object:
        value = find_plain(self._params, path)
        if value is None or value is ANYTHING:
            return value
        verdict = self._checks[path](value)
        return value if verdict else ANYTHING if verdict is None else None

    @staticmethod
    def _text(values: _Values, name: str) -> object:
        """Give a text that was said; one left out may still be worked out from the rest, e.g. from the user agent."""
        value = values.get(name) if type(values) is dict else None
        return value if type(value) is str and value else ANYTHING


def find_plain(values: object, path: str) -> object:
    """Give the value at a dotted path if JSON carries it unchanged, None if it will be missing, else ANYTHING."""
    if values is None:
        return None
    if type(values) is not dict:
        return ANYTHING
    value = values.get(path)
    if value is not None:
        return _plain(value)
    found: object = values
    for key in path.split("."):
        if type(found) is not dict:
            return None if found is None or _plain(found) is not ANYTHING else ANYTHING
        if _has_odd_keys(found):
            return ANYTHING
        found = found.get(key)
    return None if found is None else _plain(found)


def _has_odd_keys(values: Mapping[object, object]) -> bool:
    """Tell whether a map has keys that are not texts yet: on the wire they will be."""
    for key in values:  # noqa: SIM110 - `any()` over a generator costs twice as much here
        if type(key) is not str:
            return True
    return False


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
