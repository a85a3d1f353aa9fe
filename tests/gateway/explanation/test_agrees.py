"""The explanation never says anything else than the decision: hunted with random variants, persons and conditions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.explanation import ExplainedGroup, ExplainedTest, build_explanation
from tactful_gateway.explanation.conditions import explainer
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.conditions import compile_condition
from tactful_rules.conditions import tests_of as all_tests
from tactful_rules.decide import decide
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test
from tactful_rules.model.event import Event
from tactful_rules.model.person import PersonState, QuotaUse
from tactful_rules.model.questionnaire import Question, Questionnaire
from tactful_rules.model.rule import Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, Settings
from tactful_rules.model.touchpoint import Touchpoint

NOW = 1_800_000_000_000
TESTS: st.SearchStrategy[Condition] = st.builds(
    Test,
    st.sampled_from(["a", "b", "person.visits"]),
    st.sampled_from(["is", "is_not", "at_least", "exists"]),
    st.one_of(st.integers(0, 3), st.booleans(), st.just("x")),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)
VALUES = st.one_of(st.none(), st.integers(0, 3), st.booleans(), st.just("x"))
VARIANTS = st.lists(
    st.builds(Variant, st.sampled_from(["q", "r", "s"]), st.none() | CONDITIONS, st.floats(0.01, 100)),
    min_size=1,
    max_size=4,
)
RULES = st.builds(
    lambda name, when, variants, sample, priority, enabled, quota: Rule(
        f"rule-{name}", ("t",), tuple(variants), when, sample, (), priority, quota, enabled=enabled
    ),
    st.integers(0, 99),
    st.none() | CONDITIONS,
    VARIANTS,
    st.none() | st.floats(0, 1),
    st.integers(0, 2),
    st.booleans(),
    st.none() | st.builds(Quota, st.just("asks"), st.integers(1, 3)),
)


def a_ruleset(rules: list[Rule], holdout: float) -> CompiledRuleset:
    question = Question("n", "nps", {"en": "How?"})
    return CompiledRuleset(
        Ruleset(
            settings=Settings(holdout=holdout),
            touchpoints={"t": Touchpoint(id="t", params={"a": {}, "b": {}})},
            rules=tuple(rules),
            questionnaires={name: Questionnaire(name, (question,)) for name in "qrs"},
            channels={"web": Channel("web", "widget")},
        )
    )


@given(
    rules=st.lists(RULES, max_size=4, unique_by=lambda rule: rule.id),
    person=st.text("abc", min_size=1, max_size=4),
    params=st.fixed_dictionaries({"a": VALUES, "b": VALUES}),
    used=st.integers(0, 3),
    opted_out=st.sampled_from([(), ("*",), ("web",)]),
    holdout=st.sampled_from([0.0, 0.3]),
)
def test_the_outcome_of_every_rule_is_that_of_the_decision(
    rules: list[Rule], person: str, params: dict[str, Any], used: int, opted_out: tuple[str, ...], holdout: float
) -> None:
    compiled = a_ruleset(rules, holdout)
    given_params = {name: value for name, value in params.items() if value is not None}
    event = Event(touchpoint="t", person=person, event_id="e", params=given_params)
    state, quotas = PersonState(opted_out=opted_out), {rule.id: QuotaUse(used) for rule in rules}
    verdict = decide(compiled, event, state, quotas, NOW)
    found = build_explanation(compiled, event, state, quotas, NOW)
    assert (found.reason, found.rule, found.questionnaire, found.channel) == (
        verdict.reason,
        verdict.rule,
        verdict.questionnaire,
        verdict.channel,
    )
    outcomes = {rule.rule: rule for rule in found.rules}
    assert outcomes.keys() == {rule.id for rule in rules}
    if verdict.rule is not None:
        assert outcomes[verdict.rule].outcome == verdict.reason
    if verdict.ask and verdict.rule is not None:
        assert outcomes[verdict.rule].variant == verdict.questionnaire
    lookup = {**given_params}.get
    for rule in compiled.rules_at("t"):
        chosen = rule.choose_variant(lookup, person)
        assert outcomes[rule.rule.id].variant == (None if chosen is None else chosen.ask)
        sample = outcomes[rule.rule.id].sample
        assert (sample is None or sample.inside) == rule.in_sample(person)


@given(CONDITIONS, st.fixed_dictionaries({"a": VALUES, "b": VALUES, "person.visits": VALUES}))
def test_a_tree_has_the_verdict_of_the_whole_condition_and_every_test_of_it(
    condition: Condition, values: dict[str, Any]
) -> None:
    tree = explainer(values.get, None, ())(condition)
    assert tree is not None
    assert tree.verdict == compile_condition(condition)(values.get)
    assert [(test.attribute, test.op, test.operand) for test in leaves(tree)] == [
        (test.attribute, test.op, test.value) for test in all_tests(condition)
    ]
    assert all((test.why is not None) == (test.verdict is None) for test in leaves(tree))


def leaves(part: ExplainedTest | ExplainedGroup) -> list[ExplainedTest]:
    if isinstance(part, ExplainedTest):
        return [part]
    return [test for inner in part.parts for test in leaves(inner)]
