from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.condition import All, AnyOf, Not, Test
from tactful_rules.model.folder import Loaded

PROBLEMS = {
    "an unknown attribute": "{«unknown_attribute»order.knd: combo}",
    "an unknown built-in": "{«unknown_attribute»history.ask: 1}",
    "a path that was nested": "{«unknown_attribute»order: {kind: combo}}",
    "person alone": "{«unknown_attribute»person: x}",
    "an unknown operator": "{order.amount: {«unknown_operator»at_lest: 3}}",
    "an operator of another language": "{order.amount: {«unknown_operator»$gte: 3}}",
    "a test of nothing": "{«empty_value»order.kind: }",
    "no operator": "{«empty_value»order.kind: {}}",
    "a text for a number": '{order.amount: {at_least: «bad_operand»"30"}}',
    "a date for a number": "{order.amount: {at_least: «bad_operand»2026-11-22}}",
    "a number that equals a text": "{app.version: «bad_operand»2}",
    "true is no number": "{order.amount: «bad_operand»true}",
    "a number is no boolean": "{order.express: «bad_operand»1}",
    "yes is a text in YAML 1.2": "{order.express: «bad_operand»yes}",
    "a word that is not in the enum": "{order.kind: «bad_operand»combi}",
    "one of several not in the enum": "{order.kind: [combo, «bad_operand»combi]}",
    "a weekday in full": "{now.weekday: «bad_operand»monday}",
    "an unknown kind of device": "{device.type: «bad_operand»mobile}",
    "an empty list": "{order.kind: «bad_operand»[]}",
    "a list in a list": "{order.kind: [«bad_operand»[combo]]}",
    "null in a list": "{order.kind: [combo, «bad_operand»null]}",
    "is with a list": "{order.kind: {is: «bad_operand»[combo]}}",
    "in with a word": "{order.kind: {in: «bad_operand»combo}}",
    "is null": "{order.kind: {is: «bad_operand»null}}",
    "between one": "{order.amount: {between: «bad_operand»[3]}}",
    "between nothing": "{order.amount: {between: «bad_range»[3, 1]}}",
    "between words": "{order.amount: {between: [«bad_operand»a, 2]}}",
    "starts with a number": "{app.version: {starts_with: «bad_operand»2}}",
    "order on a text": "{app.version: {«bad_operator»at_least: 2}}",
    "a pattern on a number": "{order.amount: {«bad_operator»matches: x}}",
    "a list equals nothing": "{«bad_operator»order.tags: vip}",
    "a pattern that does not end": '{app.version: {matches: «bad_regex»"(a"}}',
    "a pattern that looks ahead": '{app.version: {matches: «bad_regex»"(?=a)"}}',
    "a pattern that looks behind": '{app.version: {matches: «bad_regex»"(?<!a)b"}}',
    "a pattern that refers back": "{app.version: {matches: «bad_regex»'(a)\\1'}}",
    "a possessive repeat": "{app.version: {matches: «bad_regex»'a++'}}",
    "exists takes true or false": "{order.kind: {exists: «bad_operand»yes}}",
    "before a word": "{anything: {before: «bad_operand»tomorrow}}",
    "before an impossible day": "{now.date: {before: «bad_operand»2026-02-30}}",
    "a version as a number": "{app.version: {version_at_least: «bad_operand»2.1}}",
    "a version as a word": "{app.version: {version_at_least: «bad_operand»latest}}",
    "a version with an empty part": "{app.version: {version_at_least: «bad_operand»1.0.0-a..b}}",
    "any of a map": "{any: «wrong_type»{order.kind: combo}}",
    "any of nothing": "{«empty_value»any: []}",
    "a part that is a word": "{all: [«wrong_type»combo]}",
    "not of a list": "{not: «wrong_type»[{order.kind: combo}]}",
    "a condition that is a list": "«wrong_type»[{order.kind: combo}]",
    "a condition that is a word": "«wrong_type»always",
}

SOUND = {
    "is": ("{order.kind: combo}", Test("order.kind", "is", "combo")),
    "in": ("{order.kind: [combo, a-la-carte]}", Test("order.kind", "in", ("combo", "a-la-carte"))),
    "a float that is whole": ("{order.amount: 3.0}", Test("order.amount", "is", 3.0)),
    "any trait": ("{person.visits: {at_least: 2}}", Test("person.visits", "at_least", 2)),
    "a param of any type": (
        "{anything: {contains_any: [1, a]}}",
        Test("anything", "contains_any", (1, "a")),
    ),
    "a member of a list": ("{order.tags: {contains: vip}}", Test("order.tags", "contains", "vip")),
    "part of an enum's word": ("{order.kind: {contains: com}}", Test("order.kind", "contains", "com")),
    "parts of an enum's words": (
        "{order.kind: {contains_any: [com, carte]}}",
        Test("order.kind", "contains_any", ("com", "carte")),
    ),
    "a moment": ("{now.date: {after: 2026-11-22}}", Test("now.date", "after", "2026-11-22")),
    "a version": ('{app.version: {version_below: "2.1"}}', Test("app.version", "version_below", "2.1")),
    "a class of characters": ('{app.version: {matches: "[(?=]+"}}', Test("app.version", "matches", "[(?=]+")),
    "nothing asked for": ("{}", All(())),
    "several operators": (
        "{order.amount: {at_least: 1, less_than: 9}}",
        All((Test("order.amount", "at_least", 1), Test("order.amount", "less_than", 9))),
    ),
    "groups": (
        "{order.express: true, any: [{order.kind: combo}, {not: {order.amount: 1}}]}",
        All(
            (
                Test("order.express", "is", True),
                AnyOf((Test("order.kind", "is", "combo"), Not(Test("order.amount", "is", 1)))),
            )
        ),
    ),
}


@pytest.mark.parametrize("case", PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_of_a_condition_is_reported_at_its_place(case: str, check: Callable[[str], Loaded]) -> None:
    check(f"rules:\n  r:\n    at: payment\n    ask: csat\n    when: {case}\n")


@pytest.mark.parametrize(("case", "expected"), SOUND.values(), ids=SOUND)
def test_a_condition_becomes_a_tree(case: str, expected: object, check: Callable[[str], Loaded]) -> None:
    loaded = check(f"rules: {{r: {{at: payment, ask: csat, when: {case}}}}}")
    assert loaded.folder is not None
    assert loaded.folder.ruleset.rules[-1].when == expected


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("{order.knd: combo}", "did you mean `order.kind`?"),
        ("{order.zzz: combo}", "one of `order.kind`, `order.amount`, `order.express`, `order.tags`"),
        ("{order: {kind: combo}}", "write the path with a dot: `order.kind`"),
        ("{ordr: {kind: combo, amount: 3}}", "write the path with a dot: `order.kind`, `order.amount`"),
        ("{kind: combo}", "did you mean `order.kind`?"),
        ("{order.kind: combi}", "did you mean `combo`?"),
        ("{order.amount: {gte: 3}}", "did you mean `at_least`?"),
        ("{order.amount: {'>': 3}}", "did you mean `more_than`?"),
        ("{order.amount: {at_lest: 3}}", "did you mean `at_least`?"),
        ('{order.amount: "3"}', "write it without quotes"),
        ("{app.version: {version_at_least: 2.1}}", "put it in quotes"),
        ("{now.weekday: monday}", "did you mean `mon`?"),
    ],
)
def test_a_hint_names_what_was_probably_meant(case: str, hint: str, load_yaml: Callable[[str], Loaded]) -> None:
    loaded = load_yaml(f"rules: {{r: {{at: payment, ask: csat, when: {case}}}}}")
    assert [problem.hint for problem in loaded.problems] == [hint]


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("{order.kind: combo}", "write `answers.order.kind`, `params.order.kind`, `person.order.kind`"),
        ("{nps: 3}", "did you mean `score.nps`?"),
        ("{score.nsp: 3}", "did you mean `score.nps`?"),
        ("{anny: 3}", "did you mean `any`?"),
    ],
)
def test_a_hint_says_where_params_and_answers_stand_in_an_event(
    case: str, hint: str, load_yaml: Callable[[str], Loaded]
) -> None:
    loaded = load_yaml(f"sinks: {{s: {{kind: jsonl, path: a, where: {case}}}}}")
    assert [problem.hint for problem in loaded.problems] == [hint]


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("{order.amount: '>= 10'}", "write `order.amount: {at_least: 10}`"),
        ("{order.amount: '≥10,5'}", "write `order.amount: {at_least: 10.5}`"),
        ("{order.amount: {at_least: '>= 10'}}", "write `order.amount: {at_least: 10}`"),
        ("{order.amount: '> 10 and < 20'}", "write `order.amount: {more_than: 10, less_than: 20}`"),
        ("{order.amount: at_least 10}", "write `order.amount: {at_least: 10}`"),
        ("{order.amount: 20-10}", "write `order.amount: {between: [10, 20]}`"),
        ("{order.amount: '10,5'}", "write `10.5`"),
        ("{order.amount: '10,500'}", "write `10500` or `10.500`"),
        ("{order.amount: 10 €}", "write `10`"),
        ("{order.amount: tea}", ""),
        ("{order.amount: '> tea'}", ""),
        ("{order.express: 'yes'}", "write `true`"),
        ("{order.kind: '!= combo'}", "write `order.kind: {is_not: combo}`"),
        ("{order.kind: combo | a-la-carte}", "write `order.kind: [combo, a-la-carte]`"),
        ("{order.kind: 'in [combo, a-la-carte]'}", "write `order.kind: {in: [combo, a-la-carte]}`"),
        ("{now.date: '> 2026-01-01'}", "write `now.date: {after: 2026-01-01}`"),
        ("order.amount >= 10", "write `order.amount: {at_least: 10}`"),
        ("order.knd == combo", "did you mean `order.kind`?"),
        (f"{{order.amount: '{'>' * 5000} 1'}}", ""),
    ],
)
def test_a_test_written_as_one_text_is_told_as_it_is_written_here(
    case: str, hint: str, load_yaml: Callable[[str], Loaded]
) -> None:
    loaded = load_yaml(f"rules: {{r: {{at: payment, ask: csat, when: {case}}}}}")
    assert [problem.hint for problem in loaded.problems] == [hint]
    if ":" in hint:
        written = hint.removeprefix("write `").removesuffix("`")
        assert not load_yaml(f"rules: {{r: {{at: payment, ask: csat, when: {{{written}}}}}}}").problems


def test_a_misspelt_part_of_a_nested_path_is_told_at_its_place(check: Callable[[str], Loaded]) -> None:
    nested = "{«unknown_attribute»order: {kind: combo, «unknown_attribute»amuont: {at_least: 3}}}"
    hints = [problem.hint for problem in check(f"rules: {{r: {{at: payment, ask: csat, when: {nested}}}}}").problems]
    assert hints == ["write the path with a dot: `order.kind`, `order.amount`", "did you mean `order.amount`?"]
