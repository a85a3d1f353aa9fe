"""What a simulation says of channels that send: asks when they go, what waited, what each entry of the policy did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tests.gateway.simulator.naive_sent import FOLDER

ROWS = """at,person,touchpoint
2026-04-14T21:00:00Z,u1,payment
2026-04-14T23:00:00Z,u2,payment
2026-04-15T06:30:00Z,u2,visit
2026-04-15T10:00:00Z,u3,delivery
2026-04-15T11:20:00Z,u4,delivery
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "all.yaml").write_text(FOLDER)
    (tmp_path / "traffic.csv").write_text(ROWS)
    return tmp_path


def run(folder: Path, *options: str) -> Result:
    command = ["simulate", str(folder / "survey"), "--traffic", str(folder / "traffic.csv"), *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return done


def report(folder: Path, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "--json", *options).stdout)
    return found


def test_an_ask_at_night_goes_in_the_morning_unless_the_screen_was_faster(folder: Path) -> None:
    decisions = folder / "decisions.jsonl"
    found = report(folder, "--decisions", str(decisions), "--answer-rate", "1")
    assert found["reasons"] == {"sending": 1, "deferred": 2, "asked": 1, "quiet_hours": 1}
    assert found["channels"] == {"email": 1, "web": 1, "sms": 1}
    assert found["deferred"] == {"invitations": 2, "sent": 1, "ended": {"superseded": 1}, "waited_again": 0}
    (line,) = [one for text in decisions.read_text().splitlines() if (one := json.loads(text)).get("release")]
    assert line == {
        "at": "2026-04-15T10:45:00.000Z", "person": "u3", "touchpoint": "delivery", "reason": "sending",
        "rule": "delivered", "questionnaire": "q", "channel": "sms", "again": False, "not_before": None,
        "release": True,
    }  # fmt: skip


def test_those_who_waited_for_the_same_morning_have_their_turn_in_the_order_in_which_they_came(folder: Path) -> None:
    night = [f"2026-04-15T01:{minute}:00Z,v{minute},payment\n" for minute in (51, 52, 53, 54)]
    (folder / "traffic.csv").write_text("at,person,touchpoint\n" + "".join(night))
    run(folder, "--decisions", str(folder / "decisions.jsonl"))
    lines = [json.loads(text) for text in (folder / "decisions.jsonl").read_text().splitlines()]
    released = [(line["person"], line["at"]) for line in lines if line.get("release") and line["channel"] == "email"]
    assert released == [(f"v{minute}", released[0][1]) for minute in (51, 52, 53, 54)]


def test_every_entry_of_the_policy_says_what_it_stopped_and_shifted_those_that_did_nothing_too(folder: Path) -> None:
    limits = report(folder, "--answer-rate", "1")["limits"]
    assert [(one["limit"], one["says"], one["stopped"], one["shifted"]) for one in limits] == [
        ("pauses[0]", "pause after asked for 1d", 0, 0),
        ("pauses[1]", "pause after dismissed for 4d", 0, 0),
        ("caps[0]", "cap of 1 per 3d, on sms", 0, 0),
        ("quiet_hours[0]", "quiet hours 22:00-07:00, on email, wait", 0, 1),
        ("quiet_hours[1]", "quiet hours 20:00-09:00, on sms, wait", 0, 0),
        ("quiet_hours[2]", "quiet hours 12:00-13:00, on sms, drop", 1, 0),
        ("quiet_hours[3]", "quiet hours 07:00-16:00 on sat, sun, on email, next", 0, 0),
    ]


def test_who_does_not_answer_gets_the_fallback_and_the_reminder(folder: Path) -> None:
    found = report(folder)
    assert (found["fallbacks"], found["reminders"]) == (1, 2)
    assert found["channels"]["sms"] == 2
    assert found["deferred"]["invitations"] == 3, "the fallback of an evening waits for the morning"


def test_entries_that_say_the_same_are_told_apart(folder: Path) -> None:
    twice = FOLDER.replace("{after: dismissed, for: 4d}", "{after: asked, for: 1d}")
    (folder / "survey" / "all.yaml").write_text(twice)
    says = [one["says"] for one in report(folder)["limits"]]
    assert says[:2] == ["pause after asked for 1d (pauses[0])", "pause after asked for 1d (pauses[1])"]


def test_people_read_channels_what_waited_and_what_was_saved(folder: Path) -> None:
    said = " ".join(run(folder, "--answer-rate", "1").stdout.split())
    for words in (
        "Channel asks sent answers dismissals",
        "email 1 1 1 ·",
        "web 1 · 1 ·",
        "Waited count sent later 1 ended before: superseded 1",
        "Do-not-disturb stopped shifted",
        "quiet hours 12:00-13:00, on sms, drop 1 ·",
    ):
        assert words in said


def test_a_change_says_what_it_saves(folder: Path) -> None:
    (folder / "before").mkdir()
    (folder / "before" / "all.yaml").write_text(
        FOLDER.replace('{from: "12:00", to: "13:00"', '{from: "11:00", to: "11:30"')
    )
    against = report(folder, "--against", str(folder / "before"), "--answer-rate", "1")["against"]
    assert against["limits"]["quiet hours 12:00-13:00, on sms, drop"] == {"from": 0, "to": 1, "delta": 1}
    said = " ".join(run(folder, "--against", str(folder / "before")).stdout.split())
    assert "Stopped or shifted by do-not-disturb was is change" in said


def test_the_page_shows_what_waited_and_what_was_saved(folder: Path) -> None:
    page = folder / "report.html"
    run(folder, "--answer-rate", "1", "--html", str(page))
    text = page.read_text()
    for words in (
        "Messages saved",
        "What waited, and what followed",
        "sent later",
        "quiet hours 12:00-13:00, on sms, drop",
        "stopped 1",
    ):
        assert words in text
    run(folder, "--html", str(page), "--against", str(folder / "survey"))
    assert "Messages saved" in page.read_text()


def test_what_a_rule_sent_is_none_of_what_it_came_to_otherwise(folder: Path) -> None:
    survey, page = folder / "survey" / "all.yaml", folder / "report.html"
    survey.write_text(FOLDER.replace("ask: q, channels: [web]", "ask: q, channels: [email, web]"))
    rows = "at,person,touchpoint,offers\n" + "".join(
        f"2026-04-15T{time}:00Z,{person},visit,{offers}\n"
        for time, person, offers in (("10:00", "u1", "web"), ("10:05", "u1", "web"), ("10:06", "u2", "email"))
    )
    (folder / "traffic.csv").write_text(rows)
    said = [line.split() for line in run(folder, "--html", str(page)).stdout.splitlines()]
    assert ["seen", "2", "shown", "again", "1"] in said
    assert '<div class="same">shown again 1</div>' in page.read_text()
