"""`tactful simulate --against`: the same traffic through both folders, and what came out otherwise."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.simulator.comparison import Comparison
from tactful_gateway.simulator.effects import Effects, Recording
from tactful_gateway.simulator.report import Report
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_rules.model.decision import Verdict
from tests.gateway.simulator.conftest import SURVEY, Simulate

PAYMENT = ("--touchpoint", "payment")
TRAFFIC = (
    "at,person,order.amount\n2026-01-01,u1,50\n2026-01-02,u2,20\n2026-01-03,u3,20\n2026-01-04,u1,20\n2026-01-08,u2,50\n"
)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / "all.yaml").write_text(SURVEY)
    return folder


def compared(simulate: Simulate, before: Path, *options: str, traffic: str = TRAFFIC) -> dict[str, Any]:
    done = simulate(traffic, *PAYMENT, "--against", str(before), "--json", *options)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)["against"]
    return found


def loosen(survey: Path) -> None:
    """Let the folder under test ask from 10 on, over another questionnaire."""
    text = SURVEY.replace("{order.amount: {at_least: 30}}, ask: all", "{order.amount: {at_least: 10}}, ask: few")
    (survey / "all.yaml").write_text(
        text.replace("questionnaires:", "questionnaires:\n  few: {questions: [{id: n, type: nps, text: How?}]}")
    )


def test_the_headline_says_how_many_people_instead_of_how_many(simulate: Simulate, survey: Path, before: Path) -> None:
    loosen(survey)
    done = simulate(TRAFFIC, *PAYMENT, "--against", str(before))
    assert done.stdout.startswith(
        "This change would have asked 3 people instead of 2.\n1 asked who were not asked before"
    )
    assert compared(simulate, before)["headline"] == "This change would have asked 3 people instead of 2."


def test_every_number_has_from_to_and_delta(simulate: Simulate, survey: Path, before: Path) -> None:
    loosen(survey)
    found = compared(simulate, before, "--answer-rate", "1")
    assert found["people_asked"] == {"from": 2, "to": 3, "delta": 1, "gained": 1, "lost": 0}
    assert found["asks"] == {"from": 2, "to": 3, "delta": 1}
    assert found["reasons"] == {
        "asked": {"from": 2, "to": 3, "delta": 1},
        "capped": {"from": 0, "to": 2, "delta": 2},
        "no_rule": {"from": 3, "to": 0, "delta": -3},
    }
    assert found["rules"] == {"big": {"from": 2, "to": 3, "delta": 1}}
    assert found["channels"] == {"web": {"from": 2, "to": 3, "delta": 1}}
    assert found["days"]["2026-01-02"] == {
        "asked": {"from": 0, "to": 1, "delta": 1},
        "no_rule": {"from": 1, "to": 0, "delta": -1},
    }
    assert found["days_asked"]["2026-01-08"] == {"from": 1, "to": 0, "delta": -1}
    assert found["asks_per_person"] == {"0": {"from": 1, "to": 0, "delta": -1}, "1": {"from": 2, "to": 3, "delta": 1}}
    assert found["most_asks"] == {"from": 1, "to": 1, "delta": 0}
    assert found["answers"] == {"from": 2, "to": 3, "delta": 1}


def test_touchpoints_that_came_out_otherwise_are_counted_and_exemplified(
    simulate: Simulate, survey: Path, before: Path
) -> None:
    loosen(survey)
    found = compared(simulate, before, "--answer-rate", "1")
    kinds = {(kind["was"], kind["is"]): kind["touchpoints"] for kind in found["changed"]}
    assert kinds == {
        ("no_rule", "asked few on web"): 2,
        ("asked all on web", "asked few on web"): 1,
        ("no_rule", "capped"): 1,
        ("asked all on web", "capped"): 1,
    }
    assert found["touchpoints_changed"] == 5
    assert found["changed"][0]["examples"][0] == {
        "at": "2026-01-02T04:00:00.000Z",
        "person": "u2",
        "touchpoint": "payment",
        "was": {"reason": "no_rule", "questionnaire": None, "channel": None, "again": False, "rule": None},
        "is": {"reason": "asked", "questionnaire": "few", "channel": "web", "again": False, "rule": "big"},
    }


def test_people_see_what_was_what_is_and_the_change(simulate: Simulate, survey: Path, before: Path) -> None:
    loosen(survey)
    shown = simulate(TRAFFIC, *PAYMENT, "--against", str(before)).stdout
    rows = [line.split() for line in shown.splitlines()]
    assert ["no_rule", "3", "0", "-3"] in rows
    assert ["big", "2", "3", "+1"] in rows
    assert ["2026-01-02", "0", "1", "+1"] in rows
    assert "2  no_rule -> asked few on web" in shown
    assert "    2026-01-02T04:00:00.000Z u2 at payment: no_rule -> asked few on web (big)" in shown


def test_an_invitation_shown_again_is_no_further_ask_for_people(simulate: Simulate, survey: Path, before: Path) -> None:
    loosen(survey)
    shown = simulate(TRAFFIC + "2026-01-03,u2,20\n", *PAYMENT, "--against", str(before)).stdout
    rows = [line.split() for line in shown.splitlines()]
    assert ["asked", "2", "3", "+1"] in rows
    assert ["shown", "again", "0", "1", "+1"] in rows
    assert "1  no_rule -> shown again: few on web" in shown


def test_a_folder_against_itself_changes_nothing(simulate: Simulate, before: Path) -> None:
    found = compared(simulate, before, "--answer-rate", "50%", "--dismiss-rate", "30%")
    assert (found["headline"], found["changed"]) == ("This change changes nothing for this traffic.", [])
    assert all(delta["delta"] == 0 for delta in found["reasons"].values())


def test_a_rule_by_another_name_is_no_change(simulate: Simulate, survey: Path, before: Path) -> None:
    (survey / "all.yaml").write_text(SURVEY.replace("  big: {", "  large: {"))
    found = compared(simulate, before)
    assert found["touchpoints_changed"] == 0
    assert found["rules"] == {"large": {"from": 0, "to": 2, "delta": 2}, "big": {"from": 2, "to": 0, "delta": -2}}


def test_the_other_folder_may_lack_the_touchpoint_a_param_and_a_channel(
    simulate: Simulate, survey: Path, before: Path
) -> None:
    (survey / "all.yaml").write_text(SURVEY + "channels: {web: {kind: widget}, app: {kind: app}}\n")
    (before / "all.yaml").write_text("settings: {timezone: UTC}\ntouchpoints: {other: {}}\n")
    traffic = "at,person,offers,total\n2026-01-01,u1,app,50\n2026-01-02T00:00,u2,web app,50\n"
    found = compared(simulate, before, "--map", "total=order.amount", traffic=traffic)
    assert found["reasons"]["unknown_touchpoint"] == {"from": 2, "to": 0, "delta": -2}
    assert found["channels"] == {"app": {"from": 0, "to": 1, "delta": 1}, "web": {"from": 0, "to": 1, "delta": 1}}
    at = [example["at"] for kind in found["changed"] for example in kind["examples"]]
    assert at == ["2026-01-01T04:00:00.000Z", "2026-01-01T16:00:00.000Z"]


def test_a_folder_in_another_time_zone_counts_the_same_days(simulate: Simulate, survey: Path, before: Path) -> None:
    (before / "all.yaml").write_text(SURVEY.replace("Asia/Shanghai", "America/New_York"))
    traffic = "at,person,order.amount\n2026-01-01T01:30:00Z,u1,50\n2026-01-20T17:00:00Z,u2,50\n"
    found = compared(simulate, before, "--answer-rate", "1", traffic=traffic)
    assert found["headline"] == "This change changes nothing for this traffic."
    assert found["days_asked"] == {day: {"from": 1, "to": 1, "delta": 0} for day in ("2026-01-01", "2026-01-21")}
    assert found["days"] == {day: {"asked": asked} for day, asked in found["days_asked"].items()}


def test_the_decisions_file_has_those_of_the_folder_itself(
    simulate: Simulate, survey: Path, before: Path, tmp_path: Path
) -> None:
    loosen(survey)
    compared(simulate, before, "--decisions", str(tmp_path / "decisions.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert [line["questionnaire"] for line in lines if line["reason"] == "asked" and not line["again"]] == ["few"] * 3


def test_a_broken_other_folder_ends_with_its_problems(simulate: Simulate, before: Path) -> None:
    (before / "all.yaml").write_text("rules: {x: {at: nowhere, ask: nothing}}\n")
    done = simulate(TRAFFIC, *PAYMENT, "--against", str(before))
    assert (done.exit_code, "before/all.yaml:1:" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ({"a": 1}, {"b": 1}, "1 person, as many as before, but not the same ones."),
        ({"a": 1}, {"a": 2}, "the same 1 person 2 times instead of 1."),
        ({"a": 1}, {"a": 1}, "the same 1 person as often as before, but not alike."),
        ({}, {f"p{number}": 1 for number in range(3120)}, "3,120 people instead of 0."),
    ],
)
def test_the_headline_is_about_people_then_about_asks(was: dict[str, int], now: dict[str, int], said: str) -> None:
    changed = _changed([Verdict(reason="paused")], [Verdict(reason="capped")])
    assert Comparison(_report(was), _report(now), changed).headline == f"This change would have asked {said}"


VERDICTS = st.sampled_from(
    [
        Verdict(reason="paused", rule="a"),
        Verdict(reason="paused", rule="b"),
        Verdict(reason="asked", rule="a", questionnaire="q", channel="web"),
        Verdict(reason="asked", rule="a", questionnaire="q", channel="web", again=True),
        Verdict(reason="asked", rule="a", questionnaire="p", channel="web"),
    ]
)


@given(st.lists(st.tuples(VERDICTS, VERDICTS)))
def test_the_kinds_of_change_account_for_every_touchpoint_that_differs(pairs: list[tuple[Verdict, Verdict]]) -> None:
    changed = _changed([was for was, _ in pairs], [now for _, now in pairs])
    expected = Counter((str(_said(was)), str(_said(now))) for was, now in pairs if _said(was) != _said(now))
    assert {(str(kind.was), str(kind.now)): kind.touchpoints for kind in changed} == dict(expected)
    assert all(1 <= len(kind.examples) <= min(3, kind.touchpoints) for kind in changed)


def _said(verdict: Verdict) -> str:
    if verdict.questionnaire is None:
        return verdict.reason
    return f"{'shown again:' if verdict.again else 'asked'} {verdict.questionnaire} on {verdict.channel}"


def _changed(was: list[Verdict], now: list[Verdict]) -> Any:
    recording = Recording()
    for number, verdict in enumerate(was):
        recording.note(Visit(0, f"p{number}", "t", {}), verdict)
    effects = Effects(recording)
    for number, verdict in enumerate(now):
        effects.note(Visit(0, f"p{number}", "t", {}), verdict)
    return effects.changed()


def _report(persons: dict[str, int]) -> Report:
    report = Report({})
    report.persons.update(persons)
    report.rules["r"] = sum(persons.values())
    return report
