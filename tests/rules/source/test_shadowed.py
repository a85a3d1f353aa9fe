"""A rule that can never win is warned of, but only where that is certain."""

from __future__ import annotations

import pytest

from tactful_rules.source import load_texts

AROUND = (
    "touchpoints: {pay: {params: {n: number}}, go: }\n"
    "questionnaires: {q: {questions: [{id: a, type: nps, text: A}]}, p: {questions: [{id: a, type: nps, text: A}]}}\n"
    "channels: {web: {kind: widget}, app: {kind: app}}\n"
)
NEVER = [
    ("at: pay, ask: q", "at: pay, ask: q"),
    ("at: [pay, go], ask: q", "at: go, ask: q, when: {person.x: 1}, sample: 5%"),
    ("at: pay, ask: q, when: {n: 1}", "at: pay, ask: q, when: {n: 1}, quota: {asks: 1}"),
    ("at: pay, ask: q", "at: pay, ask: q, channels: [web]"),
]
SOMETIMES = [
    ("at: pay, ask: q, when: {n: 1}", "at: pay, ask: q"),
    ("at: pay, ask: q", "at: [pay, go], ask: q"),
    ("at: pay, ask: p", "at: pay, ask: q"),  # a pause after an answer may be over for q alone
    ("at: pay, ask: q, channels: [web]", "at: pay, ask: q"),
    ("at: pay, ask: q", "at: pay, ask: q, ignore: [pauses]"),
    ("at: pay, ask: q, sample: 5%", "at: pay, ask: q"),
    ("at: pay, ask: q, quota: {asks: 1}", "at: pay, ask: q"),
    ("at: pay, ask: q, until: 2030-01-01", "at: pay, ask: q"),
    ("at: pay, variants: [{ask: q, when: {n: 1}}]", "at: pay, ask: q"),
    ("at: pay, ask: q, enabled: false", "at: pay, ask: q"),
    ("at: pay, ask: q", "at: pay, ask: q, priority: 1"),
]


def shadowed(first: str, second: str, more: str = "") -> list[str]:
    loaded = load_texts({"a.yaml": f"{AROUND}rules:\n  one: {{{first}}}\n  two: {{{second}}}\n{more}"})
    assert loaded.folder is not None, loaded.problems
    return [problem.message.split("`")[1] for problem in loaded.problems if problem.code == "shadowed"]


@pytest.mark.parametrize(("first", "second"), NEVER)
def test_a_rule_behind_one_that_always_comes_first_is_warned_of(first: str, second: str) -> None:
    assert shadowed(first, second) == ["two"]


@pytest.mark.parametrize(("first", "second"), SOMETIMES)
def test_a_rule_that_may_win_is_not_warned_of(first: str, second: str) -> None:
    assert "two" not in shadowed(first, second)


def test_priority_decides_which_comes_first() -> None:
    assert shadowed("at: pay, ask: q", "at: pay, ask: q, priority: 1") == ["one"]


def test_without_a_limit_by_questionnaire_another_questionnaire_is_shadowed_too() -> None:
    assert shadowed("at: pay, ask: p", "at: pay, ask: q", "do_not_disturb: {}\n") == ["two"]
