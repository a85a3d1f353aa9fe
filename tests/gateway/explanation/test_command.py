"""`tactful explain`: the decision, and everything that led there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_rules.sampling import bucket


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
    big, gift, nested, off, over = found["rules"]
    test = {"kind": "test", "attribute": "order.amount", "op": "at_least", "operand": 30}
    assert (big["rule"], big["when"]) == ("big", {**test, "value": 38.0, "verdict": True, "why": None})
    steps = ["window", "when", "sample", "variant", "quota", "tact", "channel"]
    assert [step["step"] for step in big["steps"]] == steps
    assert (gift["when"]["value"], gift["when"]["verdict"], gift["when"]["why"]) == (None, None, "missing")
    either, every = nested["when"]["parts"]
    assert (either["op"], [part["kind"] for part in either["parts"]]) == ("any", ["test", "group"])
    assert (every["op"], every["verdict"], every["parts"][0]["attribute"]) == ("all", None, "person.visits")
    outcomes = {rule["rule"]: rule["outcome"] for rule in found["rules"]}
    assert outcomes == {
        "big": "asked",
        "gift": "no_match",
        "nested": "no_match",
        "off": "disabled",
        "over": "not_in_force",
    }
    assert (off["enabled"], off["steps"], over["until"]) == (False, [], "2019-12-31T16:00:00.000Z")


def test_draws_and_the_choice_of_a_variant_are_shown(survey: Path, tmp_path: Path) -> None:
    (big, *_) = explained(survey, "--person", "u1", "--param", "order.amount=38")["rules"]
    assert big["sample"] == {"share": 0.9, "bucket": bucket("sample/big", "u1"), "inside": True}
    assert (big["variant"], big["why"]) == ("combo-nps", "combo-nps is the only variant whose condition holds")
    past = tmp_path / "history.jsonl"
    past.write_text('{"kind": "answered", "at": "2026-01-01", "questionnaire": "combo-nps"}\n')
    (big, *_) = explained(survey, "--person", "u1", "--param", "order.amount=38", "--history", str(past))["rules"]
    place = bucket("variant/big", "u1")
    assert big["variant_bucket"] == place
    assert [(variant["from"], variant["to"]) for variant in big["variants"]] == [(None, None), (0.0, 0.8), (0.8, 1.0)]
    assert big["variant"] == ("combo-csat" if place < 0.8 else "combo-ces")
    assert f"of the 2 variants that fit, and this person's is {place:.4f}" in big["why"]


def test_a_used_quota_and_opt_outs_can_be_supposed(survey: Path) -> None:
    options = ("--person", "u1", "--param", "order.amount=38")
    found = explained(survey, *options, "--quota", "big=200")
    quota = {"unit": "answers", "limit": 200, "per": "day", "used": 200, "counted": 200, "held": 0, "full": True}
    assert (found["reason"], found["rules"][0]["quota"]) == ("quota_full", quota)
    assert explained(survey, *options, "--quota", "big=199")["reason"] == "asked"
    assert explained(survey, *options, "--opted-out", "all")["reason"] == "opted_out"
    assert explained(survey, *options, "--opted-out", "web")["channel"] == "app"
    found = explained(survey, *options, "--opted-out", "web", "--opted-out", "app")
    assert (found["reason"], found["state"]["opted_out"]) == ("opted_out", ["web", "app"])


def test_a_param_that_can_not_be_read_is_named_and_counts_as_missing(survey: Path) -> None:
    found = explained(survey, "--param", "order.amount=lots", "--param", "order.items=3")
    assert found["rejected_params"] == ["order.amount"]
    assert (found["reason"], found["rules"][0]["when"]["why"]) == ("no_rule", "rejected")


def test_a_history_is_looked_at(survey: Path, tmp_path: Path) -> None:
    past = tmp_path / "history.jsonl"
    past.write_text('{"kind": "asked", "at": "2026-01-01", "questionnaire": "combo-nps"}\n')
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
    options = ("--person", '{"id": "u1", "visits": "many"}', "--param", "order.amount=12", "--param", "order.gift=true")
    done = run(survey, *options, "--quota", "big=3")
    assert done.exit_code == 0
    for line in (
        "asked  asks combo-csat on web",
        "  ✓ holdout  bucket ",
        "big  priority 2  no match",
        "      ✗ order.amount at_least 30  (is 12.0: false)",
        "    sample  bucket ",
        "      ✓ combo-nps  weight 1, buckets [0.0000, 1.0000)  chosen",
        "        ✓ history.answers is 0  (is 0: true)",
        "    quota  3 of 200 answers per day used",
        "    ? any",
        "      ? order.items at_least 3  (missing: unknown)",
        "      ? not",
        '        ? device.type is "phone"  (missing: unknown)',
        '    ? person.visits at_least 3  (is "many", the wrong type: unknown)',
        "off  priority 0  disabled",
        "  ✓ channel web",
    ):
        assert line in done.stdout


def test_a_param_that_breaks_its_schema_is_said_in_words(survey: Path) -> None:
    done = run(survey, "--param", "order.amount=much")
    assert "      ? order.amount at_least 30  (breaks its schema: unknown)" in done.stdout
    assert "order.amount breaks its schema, so it counts as missing: a text of 4 characters (declared: " in done.stdout


def test_what_to_write_instead_of_a_param_that_breaks_its_schema_is_a_hint(survey: Path) -> None:
    hint = 'order.amount breaks its schema, so it counts as missing: "12,50" (a decimal comma? write 12.50)'
    assert explained(survey, "--param", "order.amount=12,50")["hints"] == [hint]
    assert run(survey, "--param", "order.amount=12,50").stdout.count("breaks its schema, so") == 1
    (hint,) = explained(survey, "--param", "order.amount=078-05-1120")["hints"]
    assert "1120" not in hint


def said(done: Result) -> str:
    """Give what a framed error says, without the frame."""
    return " ".join(done.stderr.replace("│", " ").split())


def test_a_misspelt_param_is_told_which_was_meant(survey: Path) -> None:
    done = run(survey, "--param", "order.amout=12")
    assert (done.exit_code, "did you mean `order.amount`?" in said(done)) == (2, True)


def test_an_unknown_touchpoint_is_decided_as_a_gateway_would_with_a_hint_beside_it(survey: Path) -> None:
    done = CliRunner().invoke(app, ["explain", str(survey), "--touchpoint", "paymnt", "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["reason"]) == (0, "unknown_touchpoint")
    assert found["hints"] == ["no touchpoint is called `paymnt`: did you mean `payment`?"]


def test_a_misspelt_time_zone_counts_as_left_out_with_a_hint_beside_it(survey: Path) -> None:
    found = explained(survey, "--timezone", "Asia/Tokio")
    assert found["hints"] == ["no time zone is called `Asia/Tokio`: did you mean `Asia/Tokyo`?"]
    assert found["tz_source"] == "settings"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"kind": "asked", "at": "soon"}', '`at` is neither a date like 2026-11-01 nor an RFC 3339 time: "soon"'),
        ('{"kind": "asked", "at": "2026-01-01", "touchpoint": "paymnt"}', "did you mean `payment`?"),
        ('{"kind": "seen", "at": "2026-01-01"}', 'no `kind` is called "seen": one of `asked`, `answered`, `dismissed`'),
        ('{"kind": "askd", "at": "2026-01-01"}', 'no `kind` is called "askd": did you mean `asked`?'),
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
        ("--quota", "bgi=1"),
        ("--quota", "gift=1"),
        ("--quota", "big=-1"),
        ("--quota", "big=99999999999"),
        ("--opted-out", "fax"),
        ("--gateway", "http://127.0.0.1:9"),
        ("--device", "colour=red"),
    ],
)
def test_wrong_usage_exits_with_2(survey: Path, options: tuple[str, ...]) -> None:
    assert run(survey, *options).exit_code == 2


@pytest.mark.parametrize("option", ["--reach", "--opted-out"])
def test_a_misspelt_channel_is_told_with_what_was_meant(survey: Path, option: str) -> None:
    done = run(survey, option, "wbe")
    assert (done.exit_code, "did you mean `web`?" in said(done)) == (2, True)
