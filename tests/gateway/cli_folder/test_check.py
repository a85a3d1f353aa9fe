from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console

from tactful_gateway.cli.output.problems import print_problems
from tactful_gateway.sinks.registry import KINDS
from tactful_gateway.survey import check_survey

Run = Callable[..., Result]
CAFE = Path(__file__).parents[3] / "examples" / "cafe"
NOW = 1_795_276_800_000
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<code>[a-z_]+): (?P<message>.+)")


def add(folder: Path, text: str, name: str = "zz.yaml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_sound_folder_passes_and_its_policy_is_said_in_words(run: Run) -> None:
    result = run("check", CAFE)
    assert result.exit_code == 0
    assert "After a dismissal, ask nothing for 30 days." in result.stdout
    assert "At most 2 asks in any 30 days." in result.stdout
    assert "no problems (1 touchpoint, 2 rules, 4 questionnaires, 3 tests)" in result.stdout


def test_the_default_policy_is_said_to_be_the_default(run: Run, survey: Path) -> None:
    (survey / "do-not-disturb.yaml").unlink()
    result = run("check", survey)
    assert result.exit_code == 0
    assert "Do-not-disturb (default):" in result.stdout
    assert "At most 1 ask in any 24 hours." in result.stdout
    assert "Quiet from 21:00 to 08:00 on every sent channel: wait until it is over." in result.stdout


def test_every_problem_is_one_line_when_piped(run: Run, survey: Path) -> None:
    add(survey, "rules:\n  x: {at: pament, ask: help}\n  y: {at: payment, ask: halp, smaple: 5%}\n")
    result = run("check", survey)
    assert result.exit_code == 1
    *lines, last = result.stdout.splitlines()
    found = [match.groupdict() for line in lines if (match := LINE.fullmatch(line))]
    assert len(found) == len(lines) == 3
    assert [(Path(f["file"]).name, f["line"], f["column"], f["code"]) for f in found] == [
        ("zz.yaml", "2", "11", "unknown_touchpoint"),
        ("zz.yaml", "3", "25", "unknown_questionnaire"),
        ("zz.yaml", "3", "31", "unknown_key"),
    ]
    assert found[0]["message"] == "no touchpoint is called `pament` (did you mean `payment`?)"
    assert last.endswith("3 problems")


def test_warnings_fail_only_when_strict(run: Run, survey: Path) -> None:
    add(survey, "questionnaires: {x: {questions: [{id: a, type: nps, text: A}]}}")
    relaxed, strict = run("check", survey), run("check", "--strict", survey)
    assert (relaxed.exit_code, strict.exit_code) == (0, 1)
    assert "unused_questionnaire: warning: no rule asks the questionnaire `x`" in relaxed.stdout
    assert "no problems, 1 warning" in relaxed.stdout


def test_json_is_one_document(run: Run, survey: Path) -> None:
    add(survey, "rules: {x: {at: pament, ask: help}}")
    result = run("check", "--json", survey)
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["ok"] is False
    assert document["do_not_disturb"] is None
    (problem,) = document["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("zz.yaml", 1, 17)
    assert (problem["severity"], problem["code"]) == ("error", "unknown_touchpoint")
    assert problem["hint"] == "did you mean `payment`?"


def test_json_of_a_sound_folder_has_the_policy(run: Run) -> None:
    document = json.loads(run("check", "--json", CAFE).stdout)
    assert document["ok"] is True
    assert document["tests"] == {"run": 3, "failed": 0}
    assert document["do_not_disturb"]["default"] is False
    assert len(document["do_not_disturb"]["in_words"]) == 4


def show(survey: Path, width: int) -> list[str]:
    add(survey, "rules:\n  x: {at: payment, ask: help, when: {order.kind: {is: 套餐}, order.amont: 3}}\n")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, soft_wrap=True, width=width)
    print_problems(console, survey, check_survey(survey, NOW).errors)
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_terminal_sees_the_line_with_a_caret_below_it(survey: Path) -> None:
    shown = show(survey, 100)
    assert shown[1] == "     2 |   x: {at: payment, ask: help, when: {order.kind: {is: 套餐}, order.amont: 3}}"
    assert shown[2] == "       |" + " " * 55 + "^"
    # The two wide characters before it take two cells each.
    assert shown[5] == "       |" + " " * 62 + "^"


def test_a_caret_far_to_the_right_stays_on_a_narrow_terminal(survey: Path) -> None:
    shown = show(survey, 60)
    assert shown[4].startswith("     2 | … when: {order.kind")
    assert shown[5].index("^") == shown[4].index("order.amont") + 2


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("{ask: help}", "expected ask `help`, and the rule `any-payment` asked `payment-csat` over `web`"),
        ("{ask: false}", "expected ask false, and the rule `any-payment` asked `payment-csat` over `web`"),
        ("{reason: paused, rule: help-page}", "expected reason `paused` and rule `help-page`, and the rule"),
    ],
)
def test_a_failing_inline_test_is_an_error_at_its_place(run: Run, survey: Path, expect: str, message: str) -> None:
    add(survey, f"tests:\n  - name: t\n    at: payment\n    expect: {expect}\n")
    result = run("check", survey)
    assert result.exit_code == 1
    assert f'zz.yaml:2:5: failed_test: the test "t" {message}' in result.stdout


def test_a_failing_inline_test_says_which_params_broke_their_schema(run: Run, survey: Path) -> None:
    add(survey, "tests: [{name: t, at: payment, params: {order: {amount: -1}}, expect: {ask: help}}]")
    assert "these params broke their schema: order.amount" in run("check", survey).stdout


WHY = (
    "touchpoints: {go: {params: {n: number}}}\n"
    "questionnaires: {one: &q {questions: [{id: a, type: nps, text: A}]}, two: *q}\n"
    "rules:\n"
    "  first: {at: go, ask: one, when: {n: {at_least: 5}}}\n"
    "  second: {at: go, ask: two}\n"
    "tests: [{name: t, at: go, params: {n: 3}, %s}]\n"
)


@pytest.mark.parametrize(("test", "why"), [
    ("expect: {ask: one}", "(`first`: n is 3, so `at_least 5` is false)"),
    ("expect: {rule: first}", "(`first`: n is 3, so `at_least 5` is false)"),
    ("expect: {ask: help}", "(no enabled rule at `go` could)"),
    ("expect: {ask: true}, history: [{asked: one, ago: 3d}]", "(`second`: pause after asked for "),
    ("expect: {ask: two}, reach: []", "(`second`: unreachable)"),
])  # fmt: skip
def test_a_failing_inline_test_says_why_the_expected_rule_did_not_ask(
    run: Run, survey: Path, test: str, why: str
) -> None:
    add(survey, WHY % test)
    assert why in run("check", survey).stdout


PASSING = {
    "a person in the pause after a dismissal": "history: [{dismissed: help, ago: 29d}], expect: {reason: paused}",
    "a person after the pause": "history: [{dismissed: help, ago: 31d}], expect: {ask: true}",
    "no channel that is offered": "reach: {web: false}, expect: {reason: unreachable, ask: false}",
    "nothing that is offered": "reach: [], expect: {reason: unreachable}",
    "a bot": "device: {type: bot}, expect: {reason: bot}",
    "a phone": "device: {type: phone}, person: {id: x}, params: {order.kind: subscription, order.amount: 10}, "
    "history: [{answered: help, ago: 200d, score: 9}], expect: {rule: subscription-paid}",
    "two asks in a month": "now: 2026-06-01, history: [{asked: help, ago: 20d}, {asked: help, ago: 8d}], "
    "expect: {reason: capped}",
}


@pytest.mark.parametrize("test", PASSING.values(), ids=PASSING)
def test_an_inline_test_describes(run: Run, survey: Path, test: str) -> None:
    add(survey, f"tests: [{{name: t, at: payment, {test}}}]")
    result = run("check", survey)
    assert result.exit_code == 0, result.stdout


def test_an_inline_test_s_person_has_every_trait_that_the_gateway_would_see(run: Run, survey: Path) -> None:
    person = "{id: x, locale: fr-CA, timezone: Asia/Tokyo}"
    when = "{person.id: x, person.locale: fr-CA, person.timezone: Asia/Tokyo, now.hour: 9}"
    add(
        survey,
        f"rules: {{fr: {{at: payment, priority: 99, ask: help, when: {when}}}}}\n"
        f"tests: [{{name: t, at: payment, now: 2026-06-01T00:30:00Z, person: {person}, expect: {{rule: fr}}}}]",
    )
    result = run("check", survey)
    assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize("pattern", ["(?=a)", "(a", r"(a)\1", "a" * 1001, "(?P<x>a)(?P=x)"])
def test_a_pattern_that_re2_does_not_take_is_a_problem(run: Run, survey: Path, pattern: str) -> None:
    add(survey, f"rules: {{x: {{at: payment, ask: help, when: {{person.mail: {{matches: '{pattern}'}}}}}}}}")
    result = run("check", survey)
    assert result.exit_code == 1
    assert "bad_regex" in result.stdout
    assert "re2" not in result.stderr


def test_a_bad_sink_is_a_problem_at_its_option(run: Run, survey: Path) -> None:
    add(survey, "sinks:\n  a: {kind: jsonl, paht: x}\n  b: {kind: jsnl}\n")
    lines = run("check", survey).stdout.splitlines()
    places = [(match["line"], match["column"], match["code"]) for line in lines if (match := LINE.fullmatch(line))]
    assert ("2", "20", "unknown_key") in places
    assert ("3", "13", "unknown_kind") in places


def test_a_folder_without_a_sink_is_told_where_answers_stay(run: Run, survey: Path) -> None:
    (survey / "sinks.yaml").unlink()
    result = run("check", survey)
    assert result.exit_code == 0
    assert (
        "no_sink: warning: there are no `sinks`: answers stay in the database until one is configured" in result.stdout
    )


def test_the_variables_that_serving_needs_are_listed_without_being_a_problem(
    run: Run, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SET_URL", "https://secret.example")
    add(survey, 'sinks: {a: {kind: webhook, url: "${SET_URL}", secret: "${UNSET_SECRET}"}}')
    result = run("check", "--strict", survey)
    assert result.exit_code == 0
    assert "SET_URL, UNSET_SECRET (not set here)" in result.stdout
    assert "secret.example" not in result.stdout
    assert json.loads(run("check", "--json", survey).stdout)["variables"] == ["SET_URL", "UNSET_SECRET"]
    add(survey, 'channels: {web: {kind: widget}, sms: {kind: apprise, url: "${SMS_URL}"}}', "zzz.yaml")
    assert "SMS_URL" in json.loads(run("check", "--json", survey).stdout)["variables"]


def test_a_webhook_to_a_private_address_is_a_problem_before_it_is_served(run: Run, survey: Path) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    add(survey, f'sinks: {{a: {{kind: webhook, url: "http://127.1/x", secret: {secret}}}}}')
    result = run("check", survey)
    assert result.exit_code == 1
    assert "zz.yaml:1:28: private_address: " in result.stdout


def test_an_unknown_kind_of_sink_is_told_which_there_are(run: Run, survey: Path) -> None:
    add(survey, "sinks: {a: {kind: slack}}")
    said = run("check", survey).stdout
    assert f"there is no such sink kind; known: {', '.join(sorted(KINDS))}" in said


def test_a_misspelt_type_of_a_param_is_told_the_types(run: Run, survey: Path) -> None:
    add(survey, "touchpoints: {x: {params: {a: {type: numbr}, b: {type: money}}}}")
    said = run("check", survey).stdout
    assert "`a` can't be of type `numbr` (did you mean `number`?)" in said
    assert "`b` can't be of type `money` (one of `string`, `number`," in said


def test_a_missing_folder_is_a_problem_and_no_traceback(run: Run, tmp_path: Path) -> None:
    result = run("check", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "no_folder" in result.stdout
    assert "Traceback" not in result.output


def test_no_folder_at_all_is_wrong_usage(run: Run) -> None:
    assert run("check").exit_code == 2
    assert run("chekc").exit_code == 2
