"""What do-not-disturb says of a person now, and when each channel opens again: with and without a touchpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_gateway.survey.moments import read_on_clock
from tactful_rules.model.ids import rfc3339
from tactful_rules.tact import find_zone

SURVEY = """
settings: {timezone: Asia/Shanghai}
touchpoints: {payment: {}, support: {}}
channels:
  web:   {kind: widget}
  email: {kind: http, url: "https://provider.example/email"}
  sms:   {kind: http, url: "https://provider.example/sms"}
rules:
  usual:  {at: payment, ask: nps}
  urgent: {at: payment, ask: nps, ignore: [pauses, quiet_hours], channels: [sms, web]}
questionnaires:
  nps: {questions: [{id: score, type: nps, text: How?}]}
do_not_disturb:
  pauses:
    - {after: asked, for: 7d, on: [web, sms]}
    - {after: answered, for: 90d, same: questionnaire}
  caps:
    - {at_most: 2, per: 30d}
    - {at_most: 1, per: week, on: [sms]}
  quiet_hours:
    - {from: "21:00", to: "08:00", on: [email, sms]}
  holidays: {calendar: US, on: [sms]}
"""
HISTORY = """
{"kind": "asked", "at": "2026-06-30T16:00:00Z", "questionnaire": "nps", "channel": "sms"}
{"kind": "answered", "at": "2026-06-30T16:01:00Z", "questionnaire": "nps", "channel": "sms"}
"""
SOMEBODY = '{"id": "u1", "timezone": "America/New_York"}'


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "all.yaml").write_text(SURVEY)
    (tmp_path / "history.jsonl").write_text(HISTORY.lstrip())
    return folder


def run(survey: Path, *options: str) -> Result:
    done = CliRunner().invoke(app, ["explain", str(survey), *options])
    assert done.exit_code == 0, done.output
    return done


def explained(survey: Path, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(survey, *options, "--json").stdout)
    return found


def history(survey: Path) -> tuple[str, str]:
    return "--history", str(survey.parent / "history.jsonl")


def test_without_a_touchpoint_the_persons_tact_is_told_and_nothing_is_decided(survey: Path) -> None:
    found = explained(survey, "--person", SOMEBODY, *history(survey), "--at", "2026-07-02T22:30")
    assert (found["touchpoint"], found["reason"], found["ask"], found["rules"], found["steps"]) == (
        None,
        None,
        False,
        [],
        [],
    )
    assert (found["at"], found["timezone"], found["tz_source"]) == (
        "2026-07-03T02:30:00.000Z",
        "America/New_York",
        "person",
    )
    tact = found["tact"]
    assert tact["local"] == "2026-07-02 22:30-04:00"
    assert [(one["for"], one["value"], one["until"], one["local"]) for one in tact["pauses"]] == [
        ("7d", None, "2026-07-07T16:00:00.000Z", "2026-07-07 12:00-04:00"),
        ("90d", "nps", "2026-09-28T16:01:00.000Z", "2026-09-28 12:01-04:00"),
    ]
    assert [(one["per"], one["used"], one["reached"], one["opens_at"]) for one in tact["caps"]] == [
        ("30d", 1, False, None),
        ("week", 1, True, "2026-07-06T04:00:00.000Z"),
    ]
    channels = {one["channel"]: one for one in tact["channels"]}
    assert [one["opens_local"] for one in tact["channels"]] == [
        "2026-07-07 12:00-04:00", "2026-07-03 08:00-04:00", "2026-07-07 12:00-04:00",
    ]  # fmt: skip
    assert (channels["web"]["quiet"], channels["email"]["quiet"]["holidays"]) == (None, [])
    assert channels["sms"]["quiet"]["until"] == "2026-07-05T12:00:00.000Z"
    assert channels["sms"]["quiet"]["holidays"] == [
        "2026-07-03 Independence Day (observed)",
        "2026-07-04 Independence Day",
    ]


def test_a_rules_channels_open_as_it_asks_and_ignores(survey: Path) -> None:
    options = ("--person", SOMEBODY, *history(survey), "--at", "2026-07-08T22:30", "--touchpoint", "payment")
    usual, urgent = explained(survey, *options)["rules"]
    assert [(one["channel"], one["opens_at"]) for one in usual["channels"]] == [
        ("web", "2026-09-28T16:01:00.000Z"),
        ("email", "2026-09-28T16:01:00.000Z"),
        ("sms", "2026-09-28T16:01:00.000Z"),
    ]
    assert [(one["channel"], one["open"]) for one in urgent["channels"]] == [("sms", True), ("web", True)]


def test_obstacles_stand_one_after_the_other_with_what_they_are(survey: Path) -> None:
    found = explained(survey, *history(survey), "--at", "2026-07-02T12:00Z", "--timezone", "America/Los_Angeles")
    sms = found["tact"]["channels"][2]
    assert [(one["reason"], one["local"], one["because"]) for one in sms["obstacles"]] == [
        ("paused", "2026-07-07 09:00-07:00", "pause after asked for 7d, on web, sms"),
    ]
    found = explained(survey, "--at", "2026-12-25T05:00", "--timezone", "America/New_York")
    (stop,) = found["tact"]["channels"][2]["obstacles"]
    assert (stop["reason"], stop["local"]) == ("quiet_hours", "2026-12-26 08:00-05:00")
    assert stop["because"] == "quiet hours 21:00-08:00, 2026-12-25 Christmas Day"


def test_quiet_hours_end_on_the_persons_clock_when_the_clocks_change(survey: Path) -> None:
    for evening, end in (
        ("2026-03-07T22:00", "2026-03-08T12:00:00.000Z"),
        ("2026-10-31T22:00", "2026-11-01T13:00:00.000Z"),
    ):
        email = explained(survey, "--person", SOMEBODY, "--at", evening)["tact"]["channels"][1]
        assert (email["opens_at"], email["opens_local"][11:16]) == (end, "08:00")


def test_people_get_one_line_a_pause_cap_and_channel(survey: Path) -> None:
    said = run(
        survey, "--person", SOMEBODY, *history(survey), "--at", "2026-07-02T22:30", "--opted-out", "email"
    ).stdout
    for line in (
        "u1  2026-07-02 22:30-04:00",
        "clock of America/New_York (from the person)",
        "2026-07-02T22:30 is read on the clock of America/New_York (from the person)",
        "do-not-disturb  at 2026-07-02 22:30-04:00",
        "  ✗ pause after answered for 90d, same questionnaire (nps)  until 2026-09-28 12:01-04:00",
        "  ✓ cap of 2 per 30d: 1 used",
        "  ✗ cap of 1 per week, on sms: 1 used  opens at 2026-07-06 00:00-04:00",
        "  ✗ web: opens at 2026-07-07 12:00-04:00 because pause after asked for 7d, on web, sms",
        "  ✗ email: does not open because opted out of email",
        "      quiet until 2026-07-03 08:00-04:00: wait",
        "      holiday 2026-07-04 Independence Day",
    ):
        assert line in said
    assert "  ✓ web: open now" in run(survey, "--opted-out", "sms").stdout


def test_people_read_every_instant_on_the_persons_clock(survey: Path) -> None:
    """A headline in UTC over lines on the clock of New York made readers convert what had been converted."""
    options = ("--person", SOMEBODY, "--touchpoint", "payment", "--at", "2026-11-01T01:30", *history(survey))
    said = run(survey, *options).stdout
    assert "twice there, at 2026-11-01 01:30-04:00 and 2026-11-01 01:30-05:00" in said
    assert "u1 at payment, 2026-11-01 01:30-04:00" in said
    assert not re.search(r"\d{2}:\d{2}\.\d{3}Z", said)


@pytest.mark.parametrize(
    ("text", "at", "guessed"),
    [
        ("2026-03-08T02:30", "2026-03-08T07:00:00.000Z", "that time is left out there by a clock change"),
        ("2026-11-01T01:30", "2026-11-01T05:30:00.000Z", "at 2026-11-01T05:30:00.000Z and 2026-11-01T06:30:00.000Z"),
        ("2026-11-01t01:30:15", "2026-11-01T05:30:15.000Z", "the first is taken"),
        ("2026-11-01", "2026-11-01T17:00:00.000Z", "2026-11-01 is read on the clock of America/New_York (hers)"),
        ("2026-11-01T01:30-05:00", "2026-11-01T06:30:00.000Z", None),
        ("2026-11-01 01:30-05", "2026-11-01T06:30:00.000Z", None),
        ("2026-03-08T02:30:00Z", "2026-03-08T02:30:00.000Z", None),
    ],
)  # fmt: skip
def test_a_time_that_a_clock_leaves_out_or_shows_twice_is_said(text: str, at: str, guessed: str | None) -> None:
    zone = find_zone("America/New_York")
    assert zone is not None
    found = read_on_clock(text, zone, "hers")
    assert found is not None
    assert rfc3339(found.at) == at
    assert (guessed in found.guessed[0]) if guessed else not found.guessed


@pytest.mark.parametrize("text", ["soon", "2026-02-30", "2026-01-01T25:00", "0001-01-01", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    zone = find_zone("America/New_York")
    assert zone is not None
    assert read_on_clock(text, zone, "hers") is None


def test_params_need_a_touchpoint(survey: Path) -> None:
    done = CliRunner().invoke(app, ["explain", str(survey), "--param", "order.amount=3"])
    assert (done.exit_code, "name one" in done.stderr) == (2, True)
