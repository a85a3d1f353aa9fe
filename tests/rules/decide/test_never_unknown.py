"""Nothing unknown ever makes us ask: hiding what is known may lose an ask, and never wins one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Operator, Test
from tactful_rules.model.event import Event
from tactful_rules.model.person import NOBODY
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint

NAMES = ["a", "b", "person.plan"]
ILL_TYPED: list[Any] = [None, {"x": 1}, float("nan"), object()]
values = st.sampled_from(["x", "xy", 0, 1, 2.5, True, False, ["x"], "1.2.0", "2026-11-22"])
scalars = st.sampled_from(["x", "y", 0, 1, 2.5, True, "1.2.0", "2026-11-22"])
operands = st.one_of(scalars, st.lists(scalars, max_size=2).map(tuple))
judging: list[Operator] = [op for op in OPERATORS if op != "exists"]  # `exists` is the one way to match absence
tests = st.builds(Test, st.sampled_from(NAMES), st.sampled_from(judging), operands)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


def asks(when: Condition, known: dict[str, Any]) -> bool:
    ruleset = Ruleset(
        touchpoints={"t": Touchpoint("t")},
        rules=(Rule(id="r", at=("t",), variants=(Variant("q"),), when=when),),
        channels={"web": Channel("web", "widget")},
        do_not_disturb=DoNotDisturb(),
    )
    params = {name: value for name, value in known.items() if not name.startswith("person.")}
    event = Event(touchpoint="t", person="u", event_id="e", params=params, traits={"plan": known.get("person.plan")})
    return decide(CompiledRuleset(ruleset), event, NOBODY, {}, 0).ask


@given(conditions, st.fixed_dictionaries(dict.fromkeys(NAMES, values)), st.sampled_from(NAMES), st.integers(0, 3))
def test_losing_an_attribute_or_its_type_never_makes_us_ask(
    when: Condition, known: dict[str, Any], lost: str, how: int
) -> None:
    if asks(when, {**known, lost: ILL_TYPED[how]}):
        assert asks(when, known)


@given(conditions)
def test_with_nothing_known_nobody_is_asked(when: Condition) -> None:
    assert not asks(when, {})
