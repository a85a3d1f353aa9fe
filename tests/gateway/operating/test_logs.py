"""What is logged can be searched for, and what wants somebody's eye is explained."""

from __future__ import annotations

import re
from pathlib import Path

from tests.gateway.operating.events import logged

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
SNAKE = re.compile(r"[a-z]+(_[a-z]+)+|[a-z]+")


def test_every_event_has_a_name_that_can_be_searched_for() -> None:
    assert [found for found in logged() if found.event is not None and not SNAKE.fullmatch(found.event)] == []


def test_warnings_and_errors_are_explained_and_nothing_that_is_not_logged() -> None:
    table = PAGE.read_text("utf-8").partition("### The log")[2].partition("\n### ")[0]
    explained = {
        name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall("`(.*?)`", row)
    }
    names = {found.event for found in logged() if found.event is not None and found.level in {"warning", "error"}}
    assert sorted(names - explained) == []
    assert sorted(explained - {found.event for found in logged()}) == []
