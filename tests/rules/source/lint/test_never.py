"""What can never be true is warned of, with the tests that exclude each other; what may be true is not."""

from __future__ import annotations

import pytest

from tactful_rules.model.folder import SourceProblem
from tactful_rules.source import load_texts

AROUND = (
    "touchpoints:\n"
    "  pay: {params: {n: {type: number, maximum: 20}, i: integer, c: string, k: {enum: [x, y]}, v: string}}\n"
    "  go: {params: {n: number}}\n"
    "questionnaires: {q: {questions: [{id: a, type: nps, text: A}]}}\n"
)
NEVER = {
    "n: {at_least: 15, less_than: 15}": "no `n` meets `at_least 15` and `less_than 15` at once",
    "n: {at_least: 30}": "no `n` meets `at_least 30`",
    "n: 5, all: [{n: {more_than: 5}}]": "no `n` meets `is 5` and `more_than 5` at once",
    "i: {more_than: 2, less_than: 3}": "no `i` meets `more_than 2` and `less_than 3` at once",
    "c: {exists: false, is: DE}": "no `c` meets `exists false` and `is DE` at once",
    "c: {exists: false, is_not: DE}": "no `c` meets `exists false` and `is_not DE` at once",
    "c: [DE, AT], all: [{c: {not_in: [AT, DE]}}]": "no `c` meets `in [DE, AT]` and `not_in [AT, DE]` at once",
    "c: {starts_with: D, is: AT}": "no `c` meets `starts_with D` and `is AT` at once",
    "c: {starts_with: DE}, not: {c: {contains: D}}": "no `c` meets `starts_with DE` and not `contains D` at once",
    "v: {version_at_least: '2', version_below: 2.0.0}":
        "no `v` meets `version_at_least 2` and `version_below 2.0.0` at once",
    "person.d: {after: 2026-02-01, before: 2026-02-01}":
        "no `person.d` meets `after 2026-02-01` and `before 2026-02-01` at once",
    "person.t: {contains: a}, not: {person.t: {contains_any: [a, b]}}":
        "no `person.t` meets `contains a` and not `contains a` at once",
    "k: {not_in: [x, y]}": "no `k` meets `not_in [x, y]`",
    "now.hour: {at_least: 24}": "no `now.hour` meets `at_least 24`",
    "device.type: bot": "no `device.type` meets `is bot`",
    "history.asks: {exists: false}": "no `history.asks` meets `exists false`",
    "person.x: {is_not: 5, not_in: [a, b]}": "no `person.x` meets `is_not 5` and `not_in [a, b]` at once",
    "person.x: {is: 5, starts_with: a}": "no `person.x` meets `is 5` and `starts_with a` at once",
    "not: {}": "it excludes what always holds",
    "any: [{n: {at_least: 30}}, {i: 1, all: [{i: 2}]}]":
        "no `n` meets `at_least 30`; no `i` meets `is 1` and `is 2` at once",
}  # fmt: skip
PERHAPS = [
    "n: {at_least: 15, at_most: 15}",
    "not: {n: {at_least: 30}}",
    "not: {c: {exists: true}}",
    "not: {c: DE}, all: [{not: {c: AT}}]",
    "n: {more_than: 2, less_than: 3}",
    "c: {starts_with: D, ends_with: D}",
    "c: {starts_with: '2026', before: 2026-02-01, version_at_least: '1'}",
    "person.x: {not_in: [5, a, b]}, any: [{person.x: 6}, {person.x: c}]",
    "c: {matches: ^a, starts_with: b}",  # who knows what the pattern means
    "person.t: {contains_all: [a, b]}, not: {person.t: {contains: c}}",
    "any: [{n: {at_least: 30}}, {i: 1}]",
    "k: {is_not: x}",
    "any: [{c: a, n: 1}, {c: b, n: 2}], all: [{c: b}]",
]


def warned(text: str) -> list[SourceProblem]:
    loaded = load_texts({"a.yaml": AROUND, "b.yaml": text})
    assert loaded.folder is not None, [str(problem) for problem in loaded.problems]
    return [problem for problem in loaded.problems if problem.code == "never_matches"]


@pytest.mark.parametrize(("when", "why"), NEVER.items())
def test_a_rule_that_can_never_match_is_warned_of(when: str, why: str) -> None:
    (problem,) = warned(f"rules: {{r: {{at: pay, ask: q, when: {{{when}}}}}}}\n")
    assert problem.message == f"the rule `r` can never match: {why}"
    assert problem.severity == "warning"
    assert problem.hint


@pytest.mark.parametrize("when", PERHAPS)
def test_a_rule_that_may_match_is_not_warned_of(when: str) -> None:
    assert warned(f"rules: {{r: {{at: pay, ask: q, when: {{{when}}}}}}}\n") == []


def test_what_has_too_many_ways_is_left_alone_and_the_rest_is_looked_at() -> None:
    many = ", ".join(f"{{any: [{{person.a{n}: 1}}, {{person.b{n}: 1}}]}}" for n in range(12))
    rule = f"rules: {{r: {{at: pay, ask: q, when: {{all: [{many}], n: {{at_least: %d}}}}}}}}\n"
    assert warned(rule % 5) == []
    assert [problem.message for problem in warned(rule % 50)] == [
        "the rule `r` can never match: no `n` meets `at_least 50`"
    ]


def test_the_warning_stands_at_the_attribute() -> None:
    (problem,) = warned("rules:\n  r:\n    at: pay\n    ask: q\n    when:\n      c: DE\n      n: {at_least: 30}\n")
    assert (problem.position.line, problem.position.column) == (7, 7)


def test_at_another_touchpoint_a_rule_may_match() -> None:
    (problem,) = warned("rules: {r: {at: [pay, go], ask: q, when: {n: {at_least: 30}}}}\n")
    assert problem.message == "the rule `r` can't match at `pay`: no `n` meets `at_least 30`"


def test_a_param_that_a_touchpoint_lacks_is_warned_of_once() -> None:
    loaded = load_texts({"a.yaml": AROUND, "b.yaml": "rules: {r: {at: [pay, go], ask: q, when: {c: DE}}}\n"})
    assert [problem.code for problem in loaded.problems] == ["undeclared_param"]


def test_a_variant_that_the_rule_excludes_is_warned_of() -> None:
    (problem,) = warned(
        "rules: {r: {at: pay, when: {i: {at_least: 3}}, variants: [{ask: q}, {ask: q, when: {i: 2}}]}}\n"
    )
    assert problem.message == "the variant `q` is never chosen: no `i` meets `at_least 3` and `is 2` at once"
    assert (
        warned("rules: {r: {at: pay, when: {i: {at_least: 2}}, variants: [{ask: q}, {ask: q, when: {i: 2}}]}}\n") == []
    )


QUESTIONS = (
    "rules: {r: {at: pay, ask: p}, s: {at: go, ask: q}}\n"
    "questionnaires:\n"
    "  p:\n"
    "    questions:\n"
    "      - {id: score, type: csat, text: A}\n"
    "      - {id: kind, type: single, text: B, options: {x: X, y: Y}, other: true}\n"
    "      - {id: n, type: multi, text: C, options: {x: X, y: Y}}\n"
    "      - {id: why, type: text, text: D, if: {%s}}\n"
)


@pytest.mark.parametrize(
    "when", ["score: {at_least: 6}", "score: {more_than: 1, less_than: 2}", "params.k: x, not: {params.k: {is_not: y}}"]
)
def test_a_question_that_is_never_shown_is_warned_of(when: str) -> None:
    (problem,) = warned(QUESTIONS % when)
    assert problem.message.startswith("the question `why` is never shown: ")


@pytest.mark.parametrize(
    "when", ["score: {at_least: 5}", "kind: other", "n: {contains: x}", "params.n: {at_least: 30}"]
)
def test_a_question_that_may_be_shown_is_not_warned_of(when: str) -> None:
    assert warned(QUESTIONS % when) == []


def test_an_answer_may_be_a_param_of_the_same_name() -> None:
    assert warned(QUESTIONS % "n: {exists: true}, not: {n: {contains: x}}, any: [{n: {contains: y}}]") == []


ENDS = (
    QUESTIONS.replace(", if: {%s}", "")
    + "    ends:\n      - {title: A, if: {score: {at_least: 4}}}\n      - {title: B, %s}\n      - {title: C}\n"
)


@pytest.mark.parametrize("second", ["if: {score: 5}", "if: {score: {more_than: 3}}", "if: {score: 9}"])
def test_an_end_screen_that_is_never_shown_is_warned_of(second: str) -> None:
    problems = load_texts({"a.yaml": AROUND, "b.yaml": ENDS % second}).problems
    assert [
        (p.position.line, p.code in ("shadowed", "never_matches"))
        for p in problems
        if p.severity == "warning" and "end screen" in p.message
    ] == [(11, True)]


@pytest.mark.parametrize("second", ["if: {score: 3}", "if: {kind: x}", "if: {score: {exists: false}}"])
def test_an_end_screen_that_may_be_shown_is_not_warned_of(second: str) -> None:
    problems = load_texts({"a.yaml": AROUND, "b.yaml": ENDS % second}).problems
    assert [problem for problem in problems if "end screen" in problem.message] == []


def test_a_sink_that_never_gets_anything_is_warned_of() -> None:
    rules = "rules: {r: {at: pay, ask: q}}\n"
    (problem,) = warned(rules + "sinks: {s: {kind: jsonl, path: a, where: {type: response.updated}}}\n")
    assert problem.message == "the sink `s` never gets anything: no `type` meets `is response.updated`"
    (other,) = warned(rules + "sinks: {s: {kind: jsonl, path: a, where: {score.nps: {at_least: 9, at_most: 6}}}}\n")
    assert "no `score.nps` meets `at_least 9` and `at_most 6` at once" in other.message
    assert warned(rules + "sinks: {s: {kind: jsonl, path: a, where: {type: response.completed, score.nps: 3}}}\n") == []
