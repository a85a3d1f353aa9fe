"""A column whose cells read as values of several kinds is told before anything is sent, where nothing says its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli_remote.conftest import Run

ALWAYS = ("--source", "s", "--touchpoint", "payment")
KINDS = "and each is taken as it reads: with --text"


def write(file: Path, header: str, *cells: str) -> Path:
    """Write rows that are good but for their cells."""
    rows = [f"{line},u,2026-03-01,{cell}" for line, cell in enumerate(cells)]
    file.write_text("\n".join([f"id,person,at,{header}", *rows]), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("good", "", "12"), "holds texts (line 2) and numbers (line 4)"),
        (("0049", "49"), "holds texts (line 2) and numbers (line 3)"),
        (("true", "soon"), "holds true or false (line 2) and texts (line 3)"),
        (('"[1, 2]"', "1"), "holds lists (line 2) and numbers (line 3)"),
    ],
)
def test_a_column_of_two_kinds_is_told_with_their_first_lines(
    run: Run, tmp_path: Path, cells: tuple[str, ...], said: str
) -> None:
    file = write(tmp_path / "r.csv", "why it was", *cells)
    for more in (("--dry-run",), ()):
        told = run(file, *ALWAYS, *more).stderr
        assert told.startswith(f"column `why it was` {said}, {KINDS} 'why it was' all are texts\n")
    assert run(file, *ALWAYS, "--text", "why it was", "--dry-run").stderr.count("column `") == 0


@pytest.mark.parametrize("header", ["stars", "params.x", "person.x", "scores.x", "_note", "questionnaire", "locale"])
def test_nothing_is_told_of_one_kind_nor_of_what_is_no_answer(run: Run, tmp_path: Path, header: str) -> None:
    cells = ("4", "4.5", "", "1e3") if header == "stars" else ("4", "four")
    assert "column `" not in run(write(tmp_path / "r.csv", header, *cells), *ALWAYS, "--dry-run").stderr


def test_where_a_questionnaire_says_what_answers_are_it_is_what_tells(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", "score", "4", "four")
    assert "column `" not in run(file, *ALWAYS, "--questionnaire", "payment-csat", "--dry-run").stderr
    assert "column `score`" in run(file, *ALWAYS, "--dry-run").stderr


def test_a_file_that_breaks_off_being_utf_8_is_known_before_anything_is_sent(
    run: Run, received: Callable[[], list[dict[str, Any]]], tmp_path: Path
) -> None:
    file = write(tmp_path / "r.csv", "why", *["good"] * 2_000)
    file.write_bytes(file.read_bytes() + "\n2000,u,2026-03-01,sch\xf6n".encode("latin-1"))
    done = run(file, *ALWAYS)
    assert (
        done.returncode,
        "not UTF-8 text; convert it, one of Excel for example with iconv -f" in done.stderr,
        received(),
    ) == (1, True, [])
