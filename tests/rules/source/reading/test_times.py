"""Durations: what a hint must never suggest."""

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


@pytest.mark.parametrize("text", ["3M", "3 months", "3mo"])
def test_months_never_become_minutes(text: str) -> None:
    assert "3m" not in hint(text)
    assert "count days" in hint(text)


@pytest.mark.parametrize(("text", "meant"), [("3 min", "3m"), ("14 days", "14d"), ("2 Weeks", "2w")])
def test_another_spelling_is_understood(text: str, meant: str) -> None:
    assert hint(text) == f"did you mean `{meant}`?"
