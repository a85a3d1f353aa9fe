"""Runs every golden case of `rules/spec` against the Python implementation; the widget's tests run the same files."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import re2

from tactful_rules.conditions import ANYTHING, FALSE, TRUE, UNKNOWN, compile_condition, compile_possible
from tactful_rules.conditions.generated import generate_match
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.condition import Condition, Not
from tactful_rules.model.event import Event
from tactful_rules.model.ids import MINUTE, to_instant
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.questionnaire import End, Question, Questionnaire
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.questionnaire import check_answers, choose_end, localise, pipe, visible
from tactful_rules.sampling import bucket

SPEC = Path(__file__).parents[3] / "rules" / "spec"
INDEX = json.loads((SPEC / "index.json").read_text("utf-8"))
FILES = [entry["file"] for entry in INDEX["files"]]


def plain_to_text(wire: dict[str, Any]) -> dict[str, Any]:
    """Turn the widget's plain strings back into texts by locale."""
    texts = {"text", "help", "low", "high", "placeholder", "title", "other", "none"}
    whole = {key: {"": value} if key in texts else value for key, value in wire.items()}
    if "options" in whole:
        whole["options"] = [plain_to_text(option) for option in whole["options"]]
    return whole


def questionnaire_of(wire: dict[str, Any]) -> Questionnaire:
    questions = tuple(msgspec.convert(plain_to_text(question), Question) for question in wire["questions"])
    ends = tuple(msgspec.convert(plain_to_text(end), End) for end in wire.get("ends", []))
    return Questionnaire(id=wire.get("id", "q"), questions=questions, ends=ends)


def check_condition(case: dict[str, Any]) -> None:
    condition: Condition = msgspec.convert(case["condition"], Condition)
    lookup = case["attributes"].get
    expect = case["expect"]
    assert compile_condition(condition, re2.compile)(lookup) is expect
    assert generate_match(condition, re2.compile)(lookup) is (expect is True)
    assert generate_match(Not(condition), re2.compile)(lookup) is (expect is False)
    outcome = {True: TRUE, False: FALSE, None: UNKNOWN}[expect]
    assert compile_possible(condition, re2.compile)(lookup) == outcome
    assert compile_possible(condition)(lambda _: ANYTHING) & outcome
    assert generate_match(condition, re2.compile, possible=True)(lookup) is (expect is True)
    assert generate_match(condition, possible=True)(lambda _: ANYTHING) or expect is not True
    assert msgspec.json.decode(msgspec.json.encode(condition)) == case["condition"]


def check_branching(case: dict[str, Any]) -> None:
    questionnaire = questionnaire_of(case["questionnaire"])
    assert list(visible(questionnaire, case["answers"], case["params"])) == case["visible"]
    if "end" in case:
        end = choose_end(questionnaire, case["answers"], case["params"])
        assert end is (None if case["end"] is None else questionnaire.ends[case["end"]])


def check_validation(case: dict[str, Any]) -> None:
    questionnaire = questionnaire_of({"questions": case["questions"]})
    kept, problems = check_answers(questionnaire, case["answers"], case["params"], complete=case["complete"])
    assert [{"path": problem.path, "code": problem.code} for problem in problems] == case["problems"]
    assert json.dumps(kept) == json.dumps(case["kept"])


def check_piping(case: dict[str, Any]) -> None:
    assert pipe(case["text"], case["answers"], case["params"], case.get("questions", ())) == case["expect"]


def check_localisation(case: dict[str, Any]) -> None:
    questionnaire = Questionnaire(id="q", questions=(Question(id="a", type="nps", text=case["text"]),))
    used, wire = localise(questionnaire, case["locale"], case["default"])
    assert (wire["questions"][0]["text"], used) == (case["expect"], case["used"])


def check_bucket(case: dict[str, Any]) -> None:
    assert bucket(case["salt"], case["key"]) == case["expect"] == int(case["hex"], 16) / 2**64


def check_decision(case: dict[str, Any]) -> None:
    rule = {"id": "r", "at": ["payment"], "variants": [{"ask": "q"}], **case.get("rule", {})}
    now = instant(case["now"])
    ruleset = Ruleset(
        touchpoints={"payment": Touchpoint("payment")},
        rules=(msgspec.convert(rule, Rule),),
        channels={name: Channel(name, kind) for name, kind in (("web", "widget"), ("sms", "http"), ("email", "email"))},
        do_not_disturb=msgspec.convert(case.get("policy", {}), DoNotDisturb),
    )
    asked = [(now - past["ago"] * MINUTE, past["channel"]) for past in case.get("asked", [])]
    history = tuple(HistoryEvent("asked", at, "q", "payment", channel) for at, channel in asked)
    state = PersonState(history=history, opted_out=tuple(case.get("opted_out", ())))
    event = Event(
        touchpoint="payment", person="u", event_id="e", reach=case.get("reach"), timezone=case.get("timezone")
    )
    found = decide(CompiledRuleset(ruleset), event, state, {}, now)
    expect = {"channel": None, "not_before": None, "until": None, **case["expect"]}
    assert (found.reason, found.channel) == (expect["reason"], expect["channel"])
    assert (found.not_before, found.until) == (instant(expect["not_before"]), instant(expect["until"]))


def instant(text: str | None) -> Any:
    return None if text is None else to_instant(datetime.fromisoformat(text))


CHECKS = {
    "conditions": check_condition,
    "branching": check_branching,
    "validation": check_validation,
    "piping": check_piping,
    "localisation": check_localisation,
    "buckets": check_bucket,
    "decisions": check_decision,
}
CASES = [
    pytest.param(document["kind"], case, id=f"{file}: {case['name']}")
    for file in FILES
    for document in [json.loads((SPEC / file).read_text("utf-8"))]
    for case in document["cases"]
]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_the_golden_case_holds(kind: str, case: dict[str, Any]) -> None:
    CHECKS[kind](case)


def test_every_file_of_golden_cases_is_in_the_index() -> None:
    assert sorted(FILES) == sorted(path.name for path in SPEC.glob("*.json") if path.name != "index.json")


@pytest.mark.parametrize("file", FILES)
def test_no_two_cases_of_a_file_share_a_name(file: str) -> None:
    names = [case["name"] for case in json.loads((SPEC / file).read_text("utf-8"))["cases"]]
    assert len(set(names)) == len(names)
