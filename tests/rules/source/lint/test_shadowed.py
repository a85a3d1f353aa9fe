"""A rule that can never win is warned of, but only where that is certain."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

import pytest

from tactful_rules.source import load_texts

AROUND = (
    "touchpoints: {pay: {params: {n: number, i: integer, c: string, k: {enum: [x, y, z]}}}, go: }\n"
    "questionnaires: {q: {questions: [{id: a, type: nps, text: A}]}, p: {questions: [{id: a, type: nps, text: A}]}}\n"
    "channels: {web: {kind: widget}, app: {kind: app}}\n"
)
NEVER = [
    ("at: pay, ask: q", "at: pay, ask: q"),
    ("at: [pay, go], ask: q", "at: go, ask: q, when: {person.x: 1}, sample: 5%"),
    ("at: pay, ask: q, when: {n: 1}", "at: pay, ask: q, when: {n: 1}, quota: {asks: 1}"),
    ("at: pay, ask: q", "at: pay, ask: q, channels: [web]"),
    ("at: pay, ask: q, when: {c: [DE, AT]}", "at: pay, ask: q, when: {c: DE}"),
    ("at: pay, ask: q, when: {c: [DE, AT]}", "at: pay, ask: q, when: {c: DE, person.vip: true}"),
    ("at: pay, ask: q, when: {n: {at_least: 10}}", "at: pay, ask: q, when: {n: {between: [20, 30]}}"),
    ("at: pay, ask: q, when: {n: {more_than: 10}}", "at: pay, ask: q, when: {n: [11, 12.5]}"),
    ("at: pay, ask: q, when: {not: {n: {less_than: 10}}}", "at: pay, ask: q, when: {n: {more_than: 10}}"),
    ("at: pay, ask: q, when: {i: {more_than: 2}}", "at: pay, ask: q, when: {i: {at_least: 3}}"),
    ("at: pay, ask: q, when: {i: {at_least: 3}}", "at: pay, ask: q, when: {i: {more_than: 2}}"),  # it is whole
    ("at: pay, ask: q, when: {c: {starts_with: D}}", "at: pay, ask: q, when: {c: {starts_with: DE}}"),
    ("at: pay, ask: q, when: {c: {starts_with: D}}", "at: pay, ask: q, when: {c: [DE, DK]}"),
    ("at: pay, ask: q, when: {c: {contains: E}}", "at: pay, ask: q, when: {c: {starts_with: DE}}"),
    ("at: pay, ask: q, when: {c: {exists: true}}", "at: pay, ask: q, when: {c: {is_not: DE}}"),
    (
        "at: pay, ask: q, when: {person.d: {after: 2026-01-01}}",
        "at: pay, ask: q, when: {person.d: {after: 2026-02-01}}",
    ),
    (
        "at: pay, ask: q, when: {person.v: {version_at_least: '2'}}",
        "at: pay, ask: q, when: {person.v: {version_at_least: 2.1.0}}",
    ),
    ("at: pay, ask: q, when: {person.t: {contains: a}}", "at: pay, ask: q, when: {person.t: {contains_all: [a, b]}}"),
    ("at: pay, ask: q, when: {any: [{c: DE}, {n: {at_least: 5}}]}", "at: pay, ask: q, when: {n: 7, person.vip: true}"),
    ("at: pay, ask: q, when: {history.asks: {at_least: 0}}", "at: pay, ask: q"),  # it is never missing
    ("at: pay, ask: q, when: {k: [x, y]}", "at: pay, ask: q, when: {k: {is_not: z}}"),  # the schema has no more
    ("at: pay, ask: q, from: 2026-01-01", "at: pay, ask: q, from: 2026-02-01, until: 2026-03-01"),
    ("at: pay, ask: q, ignore: [pauses]", "at: pay, ask: q"),
    ("at: pay, variants: [{ask: q, when: {n: 1}}, {ask: q}]", "at: pay, ask: q"),
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
    ("at: pay, ask: q, when: {c: DE}", "at: pay, ask: q, when: {c: [DE, AT]}"),
    ("at: pay, ask: q, when: {n: {between: [20, 30]}}", "at: pay, ask: q, when: {n: {at_least: 10}}"),
    ("at: pay, ask: q, when: {n: {more_than: 10}}", "at: pay, ask: q, when: {n: {at_least: 10}}"),
    ("at: pay, ask: q, when: {n: {at_least: 3}}", "at: pay, ask: q, when: {n: {more_than: 2}}"),  # 2.5
    ("at: pay, ask: q, when: {c: {is_not: DE}}", "at: pay, ask: q, when: {n: 1}"),  # it may be missing
    ("at: pay, ask: q, when: {not: {c: DE}}", "at: pay, ask: q"),  # unknown where it is missing
    ("at: pay, ask: q, when: {person.x: {is_not: 5}}", "at: pay, ask: q, when: {person.x: six}"),  # of another type
    ("at: pay, ask: q, when: {c: {matches: ^D}}", "at: pay, ask: q, when: {c: DE}"),  # who knows
    ("at: pay, ask: q, from: 2026-02-01", "at: pay, ask: q, from: 2026-01-01"),
    ("at: pay, ask: q, from: 2026-02-01", "at: pay, ask: q"),
    ("at: pay, ask: q", "at: pay, ask: q, delay: 1h"),
    ("at: pay, ask: q, delay: 1h", "at: pay, ask: q"),  # it may be quiet by then, and not now
    ("at: pay, ask: q, valid_for: 1h", "at: pay, ask: q, valid_for: 2h"),
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


THREE = "  three: {at: pay, ask: q, when: {c: [DE, AT], n: {at_least: 1}}}\n"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("c: DE", "c: AT", ["three"]),
        ("n: {less_than: 3}", "n: {at_least: 3}", ["three"]),
        ("c: DE, n: {at_least: 0}", "c: AT", ["three"]),
        ("c: DE", "n: {at_least: 5}", []),
        ("n: {less_than: 3}", "n: {more_than: 3}", []),
    ],
)
def test_several_rules_may_come_first_together(first: str, second: str, expected: list[str]) -> None:
    assert shadowed(f"at: pay, ask: q, when: {{{first}}}", f"at: pay, ask: q, when: {{{second}}}", THREE) == expected


def test_other_rules_may_come_first_at_other_touchpoints() -> None:
    rules = "rules:\n  one: {at: pay, ask: q}\n  two: {at: go, ask: q}\n  three: {at: [pay, go], ask: q}\n"
    (problem,) = [problem for problem in load_texts({"a.yaml": AROUND + rules}).problems if problem.code == "shadowed"]
    assert problem.message == "the rule `three` never wins: `one` and `two` together come first wherever it applies"
    assert problem.position.line == 7


@pytest.mark.parametrize(("then", "expected"), [("drop", []), ("next", ["two"]), ("wait", ["two"])])
def test_a_channel_that_may_end_the_first_rule_lets_the_second_win(then: str, expected: list[str]) -> None:
    quiet = f"do_not_disturb: {{quiet_hours: [{{from: '21:00', to: '08:00', on: [app], then: {then}}}]}}\n"
    first, second = "at: pay, ask: q, channels: [app, web]", "at: pay, ask: q, channels: [web]"
    assert shadowed(first, second, quiet) == expected
    assert shadowed(second.replace("[web]", "[web, app]"), first, quiet) == expected
    assert shadowed(first, first, quiet) == ["two"]


def test_a_fallback_is_a_channel_that_the_first_rule_reaches() -> None:
    channels = "channels: {web: {kind: widget}, sms: {kind: http, url: u}}\n"
    rules = (
        "rules:\n  one: {at: pay, ask: q, channels: [web, {sms: after 2h}]}\n  two: {at: pay, ask: q, channels: sms}\n"
    )
    around = "touchpoints: {pay: {}}\nquestionnaires: {q: {questions: [{id: a, type: nps, text: A}]}}\n"
    (found,) = load_texts({"a.yaml": around + channels + rules}).problems
    assert (found.code, found.message.split("`")[1]) == ("shadowed", "two")


def _members(rule: int) -> str:
    return f"{{c: {{contains_all: [{', '.join(f'x{rule * 7 + n}' for n in range(200))}]}}}}"


def _ways(rule: int) -> str:
    return (
        f"{{all: [{', '.join(f'{{any: [{{c: {{contains: x{n}}}}}, {{n: {{at_least: {n}}}}}]}}' for n in range(6))}]}}"
    )


@pytest.mark.parametrize("when", [_members, _ways])
def test_hundreds_of_rules_with_many_members_or_ways_are_looked_at_within_seconds(when: Callable[[int], str]) -> None:
    rules = "".join(f"  r{rule}: {{at: pay, ask: q, when: {when(rule)}}}\n" for rule in range(500))
    started = thread_time()
    loaded = load_texts({"a.yaml": f"{AROUND}rules:\n{rules}"})
    assert loaded.folder is not None
    assert thread_time() - started < 10
