"""Durations and time zones: what a hint must never suggest."""

from __future__ import annotations

import pytest

from tactful_rules.source import load_texts

FOLDER = """
touchpoints: {{payment: {{}}}}
questionnaires: {{csat: {{questions: [{{id: score, type: csat, text: How was it}}]}}}}
rules: {{r: {{at: payment, ask: csat}}}}
do_not_disturb: {{pauses: [{{after: asked, for: {text}}}]}}
"""


def hint(text: str) -> str:
    (problem,) = load_texts({"survey.yaml": FOLDER.format(text=text)}).errors
    return problem.hint


@pytest.mark.parametrize(
    ("wait", "hint"),
    [
        ("1h", "did you mean `{email: after 1h}`?"),
        ("after 1 hour", "did you mean `{email: after 1h}`?"),
        ("After 90 Minutes", "did you mean `{email: after 90m}`?"),
        ("after 3 months", "write it as `{email: after 2h}`"),
        ("after 0h", "write it as `{email: after 2h}`"),
        ("[1h]", "write it as `{email: after 2h}`"),
    ],
)
def test_a_fallback_s_wait_is_suggested_for_its_own_channel(wait: str, hint: str) -> None:
    channels = f"channels: {{web: {{kind: widget}}, email: {{kind: x}}}}\n{FOLDER.format(text='7d')}"
    text = channels.replace("ask: csat}", f"ask: csat, channels: [web, {{email: {wait}}}]}}")
    (problem,) = load_texts({"survey.yaml": text}).errors
    assert (problem.code, problem.hint) == ("bad_duration", hint)


@pytest.mark.parametrize("text", ["3M", "3 months", "3mo"])
def test_months_never_become_minutes(text: str) -> None:
    assert "3m" not in hint(text)
    assert "count days" in hint(text)


@pytest.mark.parametrize(("text", "meant"), [("3 min", "3m"), ("14 days", "14d"), ("2 Weeks", "2w")])
def test_another_spelling_is_understood(text: str, meant: str) -> None:
    assert hint(text) == f"did you mean `{meant}`?"


@pytest.mark.parametrize("text", ["999999w", "36601d"])
def test_what_is_too_long_is_not_suggested_again(text: str) -> None:
    assert hint(text) == "write it like `90s`, `30m`, `4h`, `7d` or `2w`; a hundred years are the longest"
    assert "did you mean" not in hint(f"{text[:-1]} {text[-1]}")


@pytest.mark.parametrize(("zone", "meant"), [("CST", None), ("GMT+08", None), ("Asia/Shanghia", "Asia/Shanghai")])
def test_an_abbreviation_of_a_time_zone_is_taken_for_no_other_one_s(zone: str, meant: str | None) -> None:
    settings = f"settings: {{timezone: {zone}}}\n{FOLDER.format(text='7d')}"
    (problem,) = load_texts({"survey.yaml": settings}).errors
    wanted = "write it like `Europe/Berlin` or `Asia/Shanghai`" if meant is None else f"did you mean `{meant}`?"
    assert (problem.code, problem.hint) == ("bad_timezone", wanted)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("2027-02-30", "there is no such day"),
        ("2027-02-30T10:00:00Z", "there is no such day"),
        ("01.11.2026", "did you mean `2026-11-01`?"),
        ("2026/11/1", "did you mean `2026-11-01`?"),
        ("20261101", "did you mean `2026-11-01`?"),
        ("10/11/2027", "did you mean `2027-11-10` or `2027-10-11`?"),
    ],
)
def test_a_date_that_is_none_says_which_one_was_meant(written: str, hint: str) -> None:
    text = FOLDER.format(text="7d").replace("ask: csat", f"ask: csat, until: {written}")
    (problem,) = load_texts({"survey.yaml": text}).errors
    assert (problem.code, problem.hint) == ("bad_date", hint)


@pytest.mark.parametrize(("written", "hint"), [("50%", "write `50`"), ('"2.5"', "write `2.5`"), ("half", "")])
def test_a_number_in_another_form_says_how_it_is_written(written: str, hint: str) -> None:
    text = FOLDER.format(text="7d").replace("ask: csat", f"ask: csat, priority: {written}")
    (problem,) = load_texts({"survey.yaml": text}).errors
    assert (problem.code, problem.hint) == ("wrong_type", hint)
