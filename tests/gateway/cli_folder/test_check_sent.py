"""`tactful check` on channels that send: inline tests, calendars of holidays, and the policy in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tactful_gateway.survey.holidays import find_holidays

Run = Callable[..., Result]

SURVEY = """
settings: {timezone: America/New_York}
touchpoints: {payment: {}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was it}]}}
channels:
  web: {kind: widget}
  sms: {kind: http, url: "https://sms.example.com/send"}
rules: {any: {at: payment, ask: csat}}
sinks: {answers: {kind: jsonl, path: answers.jsonl}}
"""
NIGHT = "reach: [sms], now: 2026-03-07T22:10:00-05:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "survey.yaml").write_text(SURVEY, encoding="utf-8")
    return tmp_path


def add(folder: Path, text: str) -> Path:
    (folder / "zz.yaml").write_text(text, encoding="utf-8")
    return folder


PASSING = {
    "a message at noon": "reach: [sms], now: 2026-03-07T12:00:00-05:00, expect: {reason: sending, channel: sms}",
    "a message that waits over the change of clocks": f"{NIGHT}, expect: "
    "{ask: csat, reason: deferred, channel: sms, not_before: 2026-03-08T12:00:00Z}",
    "a night elsewhere": f"{NIGHT}, timezone: Asia/Shanghai, expect: {{reason: sending}}",
    "an address": 'reach: {sms: "+12125550100", web: false}, now: 2026-03-07T12:00:00Z, expect: {channel: sms}',
    "a screen at night": "reach: [web, sms], now: 2026-03-07T22:10:00-05:00, expect: {reason: asked, channel: web}",
}


@pytest.mark.parametrize("test", PASSING.values(), ids=PASSING)
def test_an_inline_test_understands(run: Run, folder: Path, test: str) -> None:
    result = run("check", add(folder, f"tests: [{{name: t, at: payment, {test}}}]"))
    assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (
            f"{NIGHT}, expect: {{not_before: 2026-03-08T08:00:00Z}}",
            "T08:00:00.000Z, and the rule `any` sends `csat` over `sms`, not before 2026-03-08T12:00:00.000Z",
        ),
        (f"{NIGHT}, expect: {{ask: false}}", "expected ask false, and the rule `any` sends `csat` over `sms`, not"),
        (
            "reach: [sms], now: 2026-03-07T12:00:00-05:00, expect: {reason: deferred}",
            "the rule `any` sends `csat` over `sms`, at once",
        ),
        (f"{NIGHT}, expect: {{reason: sending, not_before: 2026-03-08}}", "`sending` has no `not_before`"),
        ("reach: {sms: true}, expect: {reason: sending}", "`sms` sends, so it is reached at an address"),
    ],
)
def test_a_failing_one_says_what_is_sent_and_when(run: Run, folder: Path, test: str, message: str) -> None:
    result = run("check", add(folder, f"tests: [{{name: t, at: payment, {test}}}]"))
    assert result.exit_code == 1
    assert message in result.stdout


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("CN", None),
        ("DE-BY", None),
        ("NL-Noord", None),
        ("china", "no country has the code `china` (did you mean `CN`?)"),
        ("Germny", "did you mean `DE`?"),
        ("CHN", None),
        ("XX", "no country has the code `XX`"),
        ("DE-XX", "`DE` has no part with the code `XX` (one of `DE-BB`, `DE-BE`, `DE-BW`"),
        ("DE-by", "`DE` has no part with the code `by` (did you mean `DE-BY`?)"),
        ("DE-Bayrn", "`DE` has no part with the code `Bayrn` (did you mean `DE-BY`?)"),
        ("de-BY", "no country has the code `de` (did you mean `DE-BY`?)"),
        ("GB-LON", "`GB` has no part with the code `LON` (one of `GB-ENG`, "),
        ("CN-BJ", "`CN` has no part with the code `BJ` (write `CN`)"),
    ],
)
def test_a_calendar_that_there_is_not_is_an_error_with_the_one_that_was_meant(
    run: Run, folder: Path, code: str, message: str | None
) -> None:
    result = run("check", add(folder, f"do_not_disturb: {{holidays: {{calendar: {code}}}}}"))
    assert result.exit_code == (0 if message is None else 1)
    assert ("bad_calendar" in result.stdout) == (message is not None)
    assert message is None or message in result.stdout


def test_a_holiday_of_a_calendar_is_waited_over(run: Run, folder: Path) -> None:
    test = "timezone: Asia/Shanghai, reach: [sms], now: 2026-10-01T12:00:00+08:00"
    policy = 'do_not_disturb: {holidays: {calendar: CN}, quiet_hours: [{from: "21:00", to: "08:00"}]}\n'
    rules = "rules: {long: {at: payment, ask: csat, priority: 9, valid_for: 14d, channels: sms}}\n"
    expect = "expect: {reason: deferred, not_before: 2026-10-04T08:00:00+08:00}"
    result = run("check", add(folder, f"{policy}{rules}tests: [{{name: t, at: payment, {test}, {expect}}}]"))
    assert result.exit_code == 0, result.stdout


def test_a_new_year_that_is_observed_the_year_before_is_a_holiday_of_that_year() -> None:
    assert "2027-12-31" in {day.isoformat() for day in find_holidays("US", 2027)}


def test_the_policy_says_what_waits_and_that_no_screen_does(run: Run, folder: Path) -> None:
    policy = (
        "do_not_disturb:\n"
        "  quiet_hours:\n"
        '    - {from: "21:00", to: "08:00", days: [fri, sat], on: [web, sms]}\n'
        '    - {from: "12:00", to: "13:00", on: web}\n'
        '    - {from: "20:00", to: "24:00", then: drop}\n'
        "  holidays: {calendar: CN, dates: [2026-12-24]}\n"
    )
    result = run("check", add(folder, policy))
    assert result.exit_code == 0, result.stdout
    for line in (
        "Quiet from 21:00 to 08:00 on fri, sat on web, sms: wait until it is over (on web: try the next channel).",
        "Quiet from 12:00 to 13:00 on web: try the next channel, since nothing waits on screen.",
        "Quiet from 20:00 to 24:00 on every sent channel: do not ask.",
        "Quiet on the holidays of CN, 2026-12-24 on every sent channel: wait until it is over.",
    ):
        assert line in result.stdout
