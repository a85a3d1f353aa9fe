"""`tactful explain`: the decision, and everything that led there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app


def run(survey: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["explain", str(survey), "--touchpoint", "payment", *options])


def explained(survey: Path, *options: str) -> dict[str, Any]:
    done = run(survey, *options, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_rule_step_and_attribute_is_shown_with_its_verdict(survey: Path) -> None:
    found = explained(survey, "--person", "u1", "--param", "order.amount=38", "--at", "2026-01-01")
    assert (found["ask"], found["reason"], found["rule"], found["channel"]) == (True, "asked", "big", "web")
    assert found["at"] == "2026-01-01T04:00:00.000Z"
    assert found["params"] == {"order.amount": 38.0}
    big, gift, _ = found["rules"]
    test = {"attribute": "order.amount", "op": "at_least", "operand": 30, "value": 38.0, "verdict": True}
    assert (big["rule"], big["when"]) == ("big", [test])
    assert [step["step"] for step in big["steps"]] == ["window", "when", "sample", "variant", "tact", "channel"]
    assert gift["when"][0] == {"attribute": "order.gift", "op": "is", "operand": True, "value": None, "verdict": None}


def test_a_param_that_can_not_be_read_is_named_and_counts_as_missing(survey: Path) -> None:
    found = explained(survey, "--param", "order.amount=lots", "--param", "order.items=3")
    assert found["rejected_params"] == ["order.amount"]
    assert (found["reason"], found["rules"][0]["when"][0]["verdict"]) == ("no_rule", None)


def test_a_history_is_looked_at(survey: Path, tmp_path: Path) -> None:
    past = tmp_path / "history.jsonl"
    past.write_text('{"kind": "asked", "at": "2026-01-01", "questionnaire": "all"}\n')
    options = ("--param", "order.amount=38", "--history", str(past), "--at")
    found = explained(survey, *options, "2026-01-05")
    assert (found["reason"], found["until"]) == ("capped", "2026-01-08T04:00:00.000Z")
    assert explained(survey, *options, "2026-01-09")["reason"] == "asked"


def test_traits_device_page_and_reach_are_taken(survey: Path) -> None:
    person = '{"id": "u1", "visits": 3, "timezone": "America/New_York"}'
    found = explained(survey, "--person", person, "--device", "type=bot", "--page", "path=/menu")
    assert found["reason"] == "bot"
    found = explained(survey, "--person", person, "--param", "order.amount=38", "--reach", "web")
    assert (found["reason"], found["tz_source"]) == ("asked", "person")
    assert explained(survey, "--person", person, "--timezone", "Asia/Tokyo")["tz_source"] == "event"


def test_people_get_it_in_lines(survey: Path) -> None:
    done = run(survey, "--param", "order.amount=12", "--param", "order.gift=true")
    assert done.exit_code == 0
    assert "asked  asks all on web" in done.stdout
    assert "✗ order.amount at_least 30  (is 12.0: false)" in done.stdout
    assert "✓ channel web" in done.stdout


def said(done: Result) -> str:
    """Give what a framed error says, without the frame."""
    return " ".join(done.stderr.replace("│", " ").split())


def test_a_misspelt_param_is_told_which_was_meant(survey: Path) -> None:
    done = run(survey, "--param", "order.amout=12")
    assert (done.exit_code, "did you mean `order.amount`?" in said(done)) == (2, True)


def test_an_unknown_touchpoint_is_decided_as_a_gateway_would_with_a_hint_beside_it(survey: Path) -> None:
    done = CliRunner().invoke(app, ["explain", str(survey), "--touchpoint", "paymnt", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["reason"]) == (0, "unknown_touchpoint")
    assert "did you mean `payment`?" in done.stderr


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"kind": "asked", "at": "soon"}', '`at` is neither a date like 2026-11-01 nor an RFC 3339 time: "soon"'),
        ('{"kind": "asked", "at": "2026-01-01", "touchpoint": "paymnt"}', "did you mean `payment`?"),
        ('{"kind": "seen", "at": "2026-01-01"}', "seen"),
    ],
)
def test_a_bad_line_of_a_history_is_named_with_what_is_wrong(
    survey: Path, tmp_path: Path, line: str, problem: str
) -> None:
    past = tmp_path / "h.jsonl"
    past.write_text('{"kind": "asked", "at": "2026-01-01"}\n' + line + "\n")
    done = run(survey, "--history", str(past))
    assert (done.exit_code, problem in said(done), ":2:" in said(done)) == (2, True, True), done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--param", "order.amuont=1"),
        ("--param", "order.amount"),
        ("--person", "{"),
        ("--person", '{"name": "x"}'),
        ("--at", "soon"),
        ("--reach", "fax"),
        ("--device", "colour=red"),
    ],
)
def test_wrong_usage_exits_with_2(survey: Path, options: tuple[str, ...]) -> None:
    assert run(survey, *options).exit_code == 2
