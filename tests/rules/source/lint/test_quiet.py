from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.folder import Loaded
from tactful_rules.source import load_texts

Check = Callable[[str], Loaded]
SMS = "channels: {sms: {kind: http, url: u}}\nrules: {r: {at: payment, ask: csat, channels: [web, app, sms]}}\n"
ALWAYS = {
    "in one window": 'quiet_hours: [{from: "00:00", to: "24:00"}]',
    "in two windows": 'quiet_hours: [{from: "21:00", to: "08:00"}, {from: "08:00", to: "21:00", then: next}]',
    "by days": (
        'quiet_hours: [{from: "08:00", to: "24:00"}, {from: "23:00", to: "08:00", days: [mon, tue, wed, thu, fri]}, '
        '{from: "00:00", to: "10:00", days: [sun, mon]}, {from: "00:00", to: "12:00", days: sun}]'
    ),
}
SOMETIMES = {
    "one minute is free": 'quiet_hours: [{from: "08:01", to: "08:00"}]',
    "one morning is free": 'quiet_hours: [{from: "00:00", to: "24:00", days: [mon, tue, wed, thu, fri, sat]}]',
    "a screen": 'quiet_hours: [{from: "00:00", to: "24:00", on: app, then: next}]',
}


@pytest.mark.parametrize("hours", [ALWAYS["in one window"], ALWAYS["in two windows"]])
def test_a_channel_that_is_quiet_around_the_clock_is_warned_of(check: Check, hours: str) -> None:
    loaded = check(SMS + f"do_not_disturb: {{«~always_quiet»{hours}}}\n")
    (found,) = (problem for problem in loaded.problems if problem.code == "always_quiet")
    assert "`sms`" in found.message


def test_windows_of_days_are_put_together_over_the_week(check: Check) -> None:
    # Saturday's and Sunday's mornings: Friday night reaches to Saturday 08:00, Sunday is named.
    check(SMS + f"do_not_disturb: {{«~always_quiet»{ALWAYS['by days']}}}\n")


@pytest.mark.parametrize("hours", [SOMETIMES["one minute is free"], SOMETIMES["one morning is free"]])
def test_a_channel_with_a_free_minute_is_not(check: Check, hours: str) -> None:
    check(SMS + f"do_not_disturb: {{{hours}}}\n")


def test_a_screen_that_is_always_quiet_is_named(check: Check) -> None:
    loaded = check(SMS + f"do_not_disturb: {{«~always_quiet»{SOMETIMES['a screen']}}}\n")
    assert "`app`" in loaded.problems[0].message


@pytest.mark.parametrize("policy", ["quiet_hours: [{from: 21:00, to: 08:00}]", "holidays: {dates: [2026-12-25]}"])
def test_quiet_times_for_channels_that_send_where_none_does_have_no_effect(check: Check, policy: str) -> None:
    check(f"do_not_disturb: {{«~no_effect»{policy}}}\n")
    check(SMS + f"do_not_disturb: {{{policy}}}\n")


PAUSES = "pauses: [{after: asked, for: 7d}]"


def test_a_policy_without_quiet_hours_is_warned_of_where_a_channel_sends(check: Check) -> None:
    loaded = check(SMS + f"«~no_quiet_hours»do_not_disturb: {{{PAUSES}}}\n")
    (found,) = (problem for problem in loaded.problems if problem.code == "no_quiet_hours")
    assert "`sms` may send at night" in found.message
    assert "quiet_hours: [" in found.hint


@pytest.mark.parametrize(
    "survey",
    [
        f"do_not_disturb: {{{PAUSES}}}\n",
        f"{SMS}do_not_disturb: {{{PAUSES}, quiet_hours: []}}\n",
        f"{SMS}do_not_disturb: {{}}\n",
        SMS,
    ],
)
def test_nights_are_no_matter_where_nothing_sends_or_where_they_are_meant(check: Check, survey: str) -> None:
    assert "no_quiet_hours" not in {problem.code for problem in check(survey).problems}


def test_nights_are_no_matter_where_every_rule_that_sends_ignores_quiet_hours() -> None:
    survey = f"""
touchpoints: {{payment: {{}}}}
questionnaires: {{csat: {{questions: [{{id: q, type: csat, text: How was it?}}]}}}}
{SMS}do_not_disturb: {{{PAUSES}}}
"""
    for text, codes in ((survey, ["no_quiet_hours"]), (survey.replace("sms]}", "sms], ignore: [quiet_hours]}"), [])):
        text = text.replace("{sms: {kind: http, url: u}}", "{web: {kind: widget}, app: {kind: app}, sms: {kind: http}}")
        loaded = load_texts({"survey.yaml": text})
        assert [it.code for it in loaded.problems] == codes, [str(it) for it in loaded.problems]
