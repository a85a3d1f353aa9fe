"""What an import says that can be done about a refused row: an option of the command, for the column it stands in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli_remote.conftest import Run, run_tactful

SURVEY = """\
touchpoints: {payment: {}}
questionnaires:
  paying:
    questions:
      - {id: score, type: csat, text: How was paying?}
      - {id: why, type: text, text: Why?}
      - {id: till, type: single, text: Which till?, options: [{id: "1", text: One}, {id: "2", text: Two}]}
      - {id: how, type: multi, text: How?, options: [{id: "1", text: Cash}, {id: "2", text: Card}]}
"""
HEADER = "source,id,touchpoint,person,at,questionnaire"
FIRST = "shop,1,payment,u-1,2026-03-01,paying"


@pytest.fixture
def run(running_gateway: Callable[..., Any]) -> Run:
    """Run an import to a gateway with a questionnaire."""
    gateway = running_gateway(survey=SURVEY)
    environ = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_KEY": gateway.keys["sk"]}
    return lambda *arguments, **more: run_tactful("import", *arguments, **{**environ, **more})


def test_digits_under_a_text_question_are_refused_with_the_option_that_takes_them(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f"{HEADER},why it was,till,how\n{FIRST},42,2,\n", encoding="utf-8")
    named = ("--map", "why it was=why")
    done = run(file, *named)
    assert done.returncode == 1
    assert "answers.why: Send a text. With --text 'why it was' what stands there is one" in done.stderr
    assert "With --text till what stands there is one" in done.stderr
    done = run(file, *named, "--text", "why it was,till")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_column_that_is_no_question_is_refused_with_the_option_that_leaves_it_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f"{HEADER},score,answers.note\n{FIRST},4,7\n", encoding="utf-8")
    done = run(file)
    said = "Leave the column out with --map answers.note=-, or name its question: --map answers.note=ID"
    assert (done.returncode, f"answers.note: This questionnaire has no such question. {said}" in done.stderr) == (
        1,
        True,
    )
    assert run(file, "--map", "answers.note=-").returncode == 0


def test_no_option_is_named_where_none_helps(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f'{HEADER},score,till,how\n{FIRST},good,9,1\n{FIRST},4.5,x,"[1]"\n', encoding="utf-8")
    assert run(file).returncode == 1
    done = run(file, "--text", "till")
    assert "answers.score: Send a whole number from 1 to 5." in done.stderr
    assert "--" not in done.stderr
    lines = tmp_path / "r.jsonl"
    lines.write_text(
        '{"source": "shop", "id": 1, "touchpoint": "payment", "person": "u", "at": "2026-03-01",'
        ' "questionnaire": "paying", "why": 42, "note": 1}', encoding="utf-8",
    )  # fmt: skip
    done = run(lines)
    assert "answers.why: Send a text.; answers.note: This questionnaire has no such question. Leave the" in done.stderr
