from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tactful_rules.model.folder import Loaded
from tactful_rules.source import load_texts

MARK = re.compile("«(~?)([a-z0-9_]+)»")

SOUND = """
settings: {timezone: Asia/Shanghai, locale: en}
journey:
  - {stage: order}
owners:
  team: {title: The team}
touchpoints:
  payment:
    stage: order
    owner: team
    params:
      order.kind: {type: string, enum: [combo, a-la-carte]}
      order.amount: {type: number, minimum: 0}
      order.express: boolean
      order.tags: {type: array, items: {type: string}}
      app.version: string
      anything: {}
  delivery: {}
rules:
  sound: {at: [payment, delivery], ask: csat, sample: 50%}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: How was it?}]}
channels:
  web: {kind: widget}
  app: {kind: app}
"""

Marked = tuple[str, list[tuple[int, int, str, str]]]


def take_marks(text: str) -> Marked:
    """Give the text without marks, and (line, column, severity, code) of each mark."""
    plain, expected, end = "", [], 0
    for mark in MARK.finditer(text):
        plain += text[end : mark.start()]
        end = mark.end()
        column = len(plain) - (plain.rfind("\n") + 1) + 1
        expected.append((plain.count("\n") + 1, column, "warning" if mark[1] else "error", mark[2]))
    return plain + text[end:], expected


def found_in(loaded: Loaded, file: str) -> list[tuple[int, int, str, str]]:
    """Give (line, column, severity, code) of each problem in one file."""
    problems = [problem for problem in loaded.problems if problem.position.file == file]
    return [(p.position.line, p.position.column, p.severity, p.code) for p in problems]


@pytest.fixture
def check() -> Callable[[str], Loaded]:
    """Load marked YAML beside a sound folder, and compare what is found with the marks."""

    def run(marked: str) -> Loaded:
        text, expected = take_marks(marked)
        loaded = load_texts({"a-sound.yaml": SOUND, "case.yaml": text})
        assert found_in(loaded, "case.yaml") == sorted(expected), [str(problem) for problem in loaded.problems]
        elsewhere = [problem for problem in loaded.problems if problem.position.file != "case.yaml"]
        assert elsewhere == []
        assert (loaded.folder is None) == any(severity == "error" for _, _, severity, _ in expected)
        return loaded

    return run


@pytest.fixture
def load_yaml() -> Callable[[str], Loaded]:
    """Load YAML beside a sound folder."""
    return lambda text: load_texts({"a-sound.yaml": SOUND, "case.yaml": text})
