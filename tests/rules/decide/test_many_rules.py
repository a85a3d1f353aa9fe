"""Finding rules through the index: the same as walking them, only as far as needed, and their quotas beforehand."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.compiled import FEW
from tactful_rules.conditions import Attributes, Lookup, compile_condition
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import All, Condition, Not, Test
from tactful_rules.model.event import Device, Event
from tactful_rules.model.ids import HOUR
from tactful_rules.model.person import NOBODY, PersonState
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.tact import timezone_of
from tests.rules.conditions.index.generate import Drawing

NOW = 1_795_305_600_000
ASK = (Variant("q"),)
NAMES = {"a": "kind", "b": "person.visits", "c": "history.asks", "d": "now.hour"}


def ruleset(rules: list[Rule]) -> Ruleset:
    return Ruleset(
        touchpoints={"t": Touchpoint("t", params={"kind": {}}), "other": Touchpoint("other")},
        rules=tuple(rules),
        channels={"web": Channel("web", "widget")},
        do_not_disturb=DoNotDisturb(),
    )


def renamed(condition: Condition | None) -> Condition | None:
    """Make a drawn condition one about an event, a person's history and the clock."""
    if condition is None:
        return None
    if isinstance(condition, Test):
        return Test(NAMES[condition.attribute], condition.op, condition.value)
    if isinstance(condition, Not):
        return Not(renamed(condition.part))  # type: ignore[arg-type]  # a part is never None
    return type(condition)(tuple(map(renamed, condition.parts)))  # type: ignore[arg-type]  # nor are these


def found(compiled: CompiledRuleset, lookup: Lookup) -> list[str]:
    """Give the ids of all rules that match, one after the other."""
    first = compiled.find_rule("t", NOW, lookup)
    if first is None:
        return []
    return [first[0].rule.id, *(rule.rule.id for rule in compiled.find_others("t", NOW, lookup, first))]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Rule], Event, PersonState]:
    drawing = Drawing(draw(st.integers(0, 2**32)))
    rules = [
        Rule(
            id=f"r{number}",
            at=draw(st.sampled_from([("t",), ("other", "t"), ("other",)])),
            variants=ASK,
            when=renamed(when),
            priority=draw(st.integers(0, 2)),
            quota=draw(st.sampled_from([None, Quota("asks", 1)])),
            from_=draw(st.sampled_from([None, NOW, NOW + 1])),
            until=draw(st.sampled_from([None, NOW, NOW + HOUR])),
            enabled=draw(st.sampled_from([True, True, False])),
        )
        for number, when in enumerate(drawing.conditions(6))
    ]
    values = drawing.event()
    event = Event(
        touchpoint="t", person="u", event_id="e", params={"kind": values["a"]}, traits={"visits": values["b"]}
    )
    return rules, event, PersonState(asks=draw(st.integers(0, 2)), timezone=draw(st.sampled_from([None, "Asia/Tokyo"])))


@given(cases())
def test_the_rules_found_are_those_that_walking_finds(case: tuple[list[Rule], Event, PersonState]):
    rules, event, state = case
    compiled = CompiledRuleset(ruleset(rules), regex=re2.compile)
    zone, _ = timezone_of(event, state, compiled.zone)
    lookup = Attributes(event, state, NOW, zone).__getitem__
    walked = [
        rule.id
        for rule in sorted(rules, key=lambda rule: -rule.priority)
        if rule.enabled
        and "t" in rule.at
        and (rule.from_ is None or rule.from_ <= NOW)
        and (rule.until is None or rule.until > NOW)
        and (rule.when is None or compile_condition(rule.when, re2.compile)(lookup) is True)
    ]
    assert found(compiled, lookup) == walked
    traced = decide(compiled, event, state, {}, NOW, trace=True)
    plain = decide(compiled, event, state, {}, NOW)
    assert (
        (plain.reason, plain.rule)
        == (traced.reason, traced.rule)
        == (("asked", walked[0]) if walked else ("no_rule", None))
    )


@given(cases())
def test_the_quotas_named_beforehand_are_all_that_deciding_looks_at(case: tuple[list[Rule], Event, PersonState]):
    rules, event, state = case
    compiled = CompiledRuleset(ruleset(rules), regex=re2.compile)
    looked_at: set[str] = set()

    class Quotas(dict[str, Any]):
        def get(self, rule: str, default: Any = None) -> Any:
            looked_at.add(rule)
            return default

    decide(compiled, event, state, Quotas(), NOW)
    assert looked_at <= set(compiled.quotas_of(event))


def test_a_rule_is_not_looked_at_once_an_earlier_one_asks():
    looked_at: list[str] = []

    class Looking(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            looked_at.append(name)
            return "x"

    first = Rule("first", ("t",), ASK, when=Test("kind", "matches", "x"))
    second = Rule("second", ("t",), ASK, when=Test("page.url", "matches", "x"))
    compiled, lookup = CompiledRuleset(ruleset([first, second]), regex=re2.compile), Looking().__getitem__
    best = compiled.find_rule("t", NOW, lookup)
    assert best is not None
    assert best[0].rule.id == "first"
    assert looked_at == ["kind"]
    looked_at.clear()
    assert [rule.rule.id for rule in compiled.find_others("t", NOW, lookup, best)] == ["second"]
    assert looked_at == ["page.url"]


def test_only_the_quotas_of_rules_that_may_match_are_named():
    rules = [
        Rule(
            f"{kind}-{asks}",
            ("t",),
            ASK,
            All((Test("kind", "is", kind), Test("history.asks", "is", asks))),
            quota=quota,
        )
        for kind in ("combo", "single")
        for asks in (0, 1)
        for quota in (Quota("asks", 9),)
    ]
    event = Event(touchpoint="t", person="u", event_id="e", params={"kind": "combo"}, device=Device(type="phone"))
    compiled = CompiledRuleset(ruleset([*rules, Rule("any", ("t",), ASK)]))
    assert list(compiled.quotas_of(event)) == ["combo-0", "combo-1"]
    assert list(compiled.quotas_of(Event(touchpoint="nope", person="u", event_id="e"))) == []
    assert decide(compiled, event, NOBODY, {}, NOW).rule == "combo-0"


class Kept:
    """A pattern of which one can tell whether it is still there."""

    def search(self, text: str) -> bool:
        return text == "x"


@pytest.mark.parametrize("count", [1, FEW + 1])
def test_a_ruleset_that_was_replaced_goes_at_once_and_not_at_some_garbage_collection(count: int) -> None:
    patterns: list[weakref.ref[Kept]] = []

    def regex(pattern: str) -> Kept:
        kept = Kept()
        patterns.append(weakref.ref(kept))
        return kept

    rules = [Rule(f"r{n}", ("t",), ASK, when=Test("kind", "matches", "^x$")) for n in range(count)]
    compiled = CompiledRuleset(ruleset(rules), regex=regex)
    gc.disable()
    try:
        assert found(compiled, {"kind": "x"}.get) == [rule.id for rule in rules]
        assert patterns[0]() is not None
        del compiled
        assert patterns[0]() is None
    finally:
        gc.enable()
