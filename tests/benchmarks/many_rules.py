"""Many realistic rules at one touchpoint, as plain rows first, so that other tools can be given the very same rules.

A rule is three to five parts over eight attributes, the shapes that survey teams and feature flags both write: a plan
(`is`, `in`), a list of countries, a range of amounts, bounds of the app's version, the beginning of a text, a boolean
trait, a number of visits. One in seven has a `not` around a test, one in seven an `any` of two tests. What not every
feature flag can say is left out: nesting is one level deep, `any` stands beside tests on other attributes (tools
without "or" get the rule twice), and every attribute is in every event, since tools differ on missing ones.

What surprises: rules are drawn at random, but one that holds for `EVENT_LAST` or `EVENT_NONE` is drawn again. So in
`ruleset(n)` only the last rule holds for `EVENT_LAST`, none for `EVENT_NONE`, and all others fail wherever they fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import islice
from random import Random
from typing import Any

from msgspec import Struct

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Operand, Operator, Test
from tactful_rules.model.event import Event
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, GateRuleset, Ruleset, gate_part
from tactful_rules.model.touchpoint import Touchpoint

TOUCHPOINT = "payment"
_COUNTRIES = "AT AU BE BR CA CH CL CN CZ DE DK ES FI FR GB GR HK HU IE IN IT JP KR MX NL NO NZ PL PT SE SG US"
_CITIES = "ams bcn ber cdg cph dub fra gva hel lis lon mad mel mil muc nyc osl prg rom sfo sha sin vie waw"
COUNTRIES = tuple(_COUNTRIES.split())
CITIES = tuple(_CITIES.split())
PLANS = ("free", "starter", "pro", "team", "enterprise")
ORDERS = ("counter", "kiosk", "table", "web", "app", "phone")
QUESTIONNAIRES = tuple(f"csat-{number:02}" for number in range(1, 21))
PARAMS: dict[str, dict[str, Any]] = {
    "account.plan": {"type": "string"},
    "store.country": {"type": "string"},
    "store.code": {"type": "string"},
    "order.amount": {"type": "number", "minimum": 0},
    "order.via": {"type": "string"},
    "app.version": {"type": "string"},
}
"""What the touchpoint declares; `person.member` and `person.visits` are traits."""

Value = bool | int | float | str


class Line(Struct, frozen=True):
    """One test as a row: an attribute, one of the operators of `holds`, its operand, and whether `not` is around it."""

    attribute: str
    op: Operator
    value: Operand
    negated: bool = False


class PlainRule(Struct, frozen=True):
    """A rule as rows: every line of `lines` must hold, and one of `either` unless that is empty."""

    id: str
    ask: str
    lines: tuple[Line, ...]
    either: tuple[Line, ...] = ()

    def conjunctions(self) -> tuple[tuple[Line, ...], ...]:
        """Give the lines that must all hold, once for each alternative: for tools that know "and" alone."""
        return tuple((*self.lines, one) for one in self.either) or (self.lines,)


def _event(name: str, params: dict[str, Value], traits: dict[str, Value]) -> Event:
    return Event(touchpoint=TOUCHPOINT, person=f"u-{name}", event_id=f"e-{name}", params=params, traits=traits)


EVENT_LAST = _event(
    "last",
    {
        "account.plan": "team",
        "store.country": "DE",
        "store.code": "ber-0417",
        "order.amount": 182.5,
        "order.via": "table",
        "app.version": "4.7.2",
    },
    {"member": True, "visits": 12},
)
"""For this one only the last rule of `ruleset(n)` holds."""

EVENT_NONE = _event(
    "none",
    {
        "account.plan": "pro",
        "store.country": "FR",
        "store.code": "cdg-0093",
        "order.amount": 61.9,
        "order.via": "web",
        "app.version": "5.1.0",
    },
    {"member": False, "visits": 7},
)
"""For this one no rule of `ruleset(n)` holds."""

LAST = PlainRule(
    "rule-last",
    QUESTIONNAIRES[-1],
    (
        Line("account.plan", "is", "team"),
        Line("store.country", "in", ("AT", "CH", "DE")),
        Line("order.amount", "at_least", 150),
        Line("order.amount", "less_than", 200),
        Line("store.code", "starts_with", "ber-0"),
        Line("person.visits", "at_least", 10),
    ),
)


def values(event: Event) -> dict[str, Value]:
    """Give every attribute of an event by its name, `person.*` included."""
    return {**event.params, **{f"person.{name}": value for name, value in event.traits.items()}}


def call(event: Event) -> dict[str, Any]:
    """Give the event as the arguments of `Tactful.touchpoint`, with params nested as an app has them."""
    params: dict[str, dict[str, Any]] = {}
    for path, value in event.params.items():
        group, _, name = path.partition(".")
        params.setdefault(group, {})[name] = value
    return {"name": event.touchpoint, "person": {"id": event.person, **event.traits}, "params": params}


def holds(rule: PlainRule, found: Mapping[str, Value]) -> bool:
    """Tell whether a rule holds, by nothing but Python: what every tool is checked against."""
    if not all(_holds(line, found) for line in rule.lines):
        return False
    return not rule.either or any(_holds(line, found) for line in rule.either)


def winner(rules: tuple[PlainRule, ...], found: Mapping[str, Value]) -> PlainRule | None:
    """Give the first rule that holds."""
    return next((rule for rule in rules if holds(rule, found)), None)


def version(text: str) -> tuple[int, ...]:
    """Give the three numbers of a version."""
    return tuple(int(part) for part in text.split("."))


_TESTS = {
    "is": lambda value, operand: value == operand,
    "in": lambda value, operand: value in operand,
    "at_least": lambda value, operand: value >= operand,
    "less_than": lambda value, operand: value < operand,
    "starts_with": lambda value, operand: value.startswith(operand),
    "version_at_least": lambda value, operand: version(value) >= version(operand),
    "version_below": lambda value, operand: version(value) < version(operand),
}


def _holds(line: Line, found: Mapping[str, Value]) -> bool:
    return _TESTS[line.op](found[line.attribute], line.value) is not line.negated


class _Drawing:
    """Draws rules; the same seed draws the same ones, and a longer run begins with the shorter one's."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._kinds = {
            "account.plan": self._plan,
            "store.country": self._countries,
            "order.amount": self._amounts,
            "app.version": self._versions,
            "store.code": self._stores,
            "person.member": self._member,
            "person.visits": self._visits,
            "order.via": self._via,
        }

    def rule(self) -> PlainRule:
        chance, random = self._random.random(), self._random
        attributes = random.sample(tuple(self._kinds), random.randint(3, 5))
        parts = [self._kinds[attribute]() for attribute in attributes]
        either: tuple[Line, ...] = ()
        if chance < 1 / 7:
            either = (parts.pop()[0], parts.pop()[0])
        elif chance < 2 / 7:
            parts[-1] = (Line(*self._named(), negated=True),)
            parts[:-1] = [part for part in parts[:-1] if part[0].attribute != parts[-1][0].attribute]
        ask = random.choice(QUESTIONNAIRES)
        return PlainRule("rule", ask, tuple(line for part in parts for line in part), either)

    def values(self) -> dict[str, Value]:
        random = self._random
        return {
            "account.plan": random.choice(PLANS),
            "store.country": random.choice(COUNTRIES),
            "store.code": f"{random.choice(CITIES)}-{random.randrange(1000):04}",
            "order.amount": round(random.uniform(2, 500), 2),
            "order.via": random.choice(ORDERS),
            "app.version": self._version(),
            "person.member": random.random() < 0.5,
            "person.visits": random.randrange(40),
        }

    def _named(self) -> tuple[str, Operator, Operand]:
        """Draw a test that one puts a `not` around: none of these."""
        attribute, names = self._random.choice((("store.country", COUNTRIES), ("order.via", ORDERS)))
        return attribute, "in", tuple(sorted(self._random.sample(names, 2)))

    def _plan(self) -> tuple[Line, ...]:
        if self._random.random() < 0.5:
            return (Line("account.plan", "is", self._random.choice(PLANS)),)
        return (Line("account.plan", "in", tuple(sorted(self._random.sample(PLANS, 2)))),)

    def _countries(self) -> tuple[Line, ...]:
        few = self._random.sample(COUNTRIES, self._random.randint(2, 6))
        return (Line("store.country", "in", tuple(sorted(few))),)

    def _amounts(self) -> tuple[Line, ...]:
        low = self._random.randrange(0, 400, 5)
        high = low + self._random.randrange(20, 120, 5)
        return (Line("order.amount", "at_least", low), Line("order.amount", "less_than", high))

    def _versions(self) -> tuple[Line, ...]:
        low, high = sorted((self._version(), self._version()), key=version)
        if low == high:
            return (Line("app.version", "version_at_least", low),)
        return (Line("app.version", "version_at_least", low), Line("app.version", "version_below", high))

    def _version(self) -> str:
        return f"{self._random.randint(3, 6)}.{self._random.randrange(10)}.{self._random.randrange(5)}"

    def _stores(self) -> tuple[Line, ...]:
        beginning = self._random.choice(CITIES) + self._random.choice(("-", "-0", f"-0{self._random.randrange(10)}"))
        return (Line("store.code", "starts_with", beginning),)

    def _member(self) -> tuple[Line, ...]:
        return (Line("person.member", "is", self._random.random() < 0.5),)

    def _visits(self) -> tuple[Line, ...]:
        return (Line("person.visits", "at_least", self._random.randrange(1, 30)),)

    def _via(self) -> tuple[Line, ...]:
        return (Line("order.via", "is", self._random.choice(ORDERS)),)


@cache
def plain_rules(count: int) -> tuple[PlainRule, ...]:
    """Give `count` rules in the order in which they are tried; `LAST` is the last."""
    drawing, never = _Drawing(seed=1), (values(EVENT_LAST), values(EVENT_NONE))
    kept = (rule for rule in iter(drawing.rule, LAST) if not any(holds(rule, found) for found in never))
    numbered = enumerate(islice(kept, count - 1), start=1)
    rules = (PlainRule(f"rule-{number}", rule.ask, rule.lines, rule.either) for number, rule in numbered)
    return (*rules, LAST)


def random_events(count: int, seed: int = 2) -> tuple[Event, ...]:
    """Draw events; among many rules most of them find one that holds."""
    drawing, events = _Drawing(seed), []
    for number in range(count):
        drawn = drawing.values()
        traits = {name.removeprefix("person."): value for name, value in drawn.items() if name.startswith("person.")}
        events.append(_event(str(number), {name: value for name, value in drawn.items() if name in PARAMS}, traits))
    return tuple(events)


def condition(rule: PlainRule) -> Condition:
    """Give a rule's lines as its `when`."""
    parts = tuple(_condition(line) for line in rule.lines)
    return All((*parts, AnyOf(tuple(_condition(line) for line in rule.either)))) if rule.either else All(parts)


def _condition(line: Line) -> Condition:
    test = Test(line.attribute, line.op, line.value)
    return Not(test) if line.negated else test


@cache
def ruleset(count: int) -> Ruleset:
    """Give a ruleset of `count` rules at one touchpoint that ask one of twenty questionnaires on the web."""
    question = Question("score", "csat", {"en": "How was it today?"})
    return Ruleset(
        touchpoints={TOUCHPOINT: Touchpoint(TOUCHPOINT, params=PARAMS)},
        rules=tuple(Rule(rule.id, (TOUCHPOINT,), (Variant(rule.ask),), condition(rule)) for rule in plain_rules(count)),
        questionnaires={name: Questionnaire(name, (question,)) for name in QUESTIONNAIRES},
        channels={"web": Channel("web", "widget")},
    )


@cache
def gate_ruleset(count: int) -> GateRuleset:
    """Give the part of `ruleset(count)` that an SDK fetches."""
    return gate_part(ruleset(count))
