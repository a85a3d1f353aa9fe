"""A key that no one reads is an error wherever it stands: a limit misspelt would otherwise be no limit."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tactful_gateway.survey import read_survey
from tests.gateway.survey.complete import COMPLETE, write

FREE = {
    ("owners",), ("touchpoints",), ("rules",), ("questionnaires",), ("channels",), ("sinks",), ("alerts",),
    ("tests", 0, "params"), ("tests", 0, "params", "order"), ("tests", 0, "person"),
    ("channels", "hook", "headers"), ("channels", "hook", "json"), ("sinks", "hook", "headers"),
    ("journey", 0, "title"), ("touchpoints", "payment", "params"), ("rules", "all-of-it", "channels", 1),
}  # fmt: skip
"""Maps whose keys are ids, languages, headers, or the author's own, as a person's traits are."""
Path_ = tuple[str | int, ...]


def maps(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Give the path of every map whose keys the language knows, with each of its keys."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        if isinstance(value, dict) and path not in FREE and not str(key).startswith("person."):
            yield path, str(key)
        yield from maps(part, (*path, key))


def misspell(key: str) -> str:
    """Double the last letter, as a hand in a hurry does."""
    return key + key[-1]


def inserted(path: Path_, key: str) -> str:
    tree = deepcopy(COMPLETE)
    place: Any = tree
    for part in path:
        place = place[part]
    place[misspell(key)] = place.pop(key)
    return write(tree)


def test_the_complete_folder_has_no_errors(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(write(COMPLETE))
    assert [str(problem) for problem in read_survey(tmp_path).errors] == []


@pytest.mark.parametrize(
    ("path", "key"),
    list(maps(COMPLETE)),
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else part,
)
def test_a_misspelt_key_is_an_error_in_its_line_that_names_the_right_one(path: Path_, key: str, tmp_path: Path) -> None:
    text = inserted(path, key)
    (tmp_path / "a.yaml").write_text(text)
    (line,) = [
        number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(misspell(key) + ":")
    ]
    found = [problem for problem in read_survey(tmp_path).errors if problem.position.line == line]
    assert found, f"nobody noticed `{misspell(key)}`"
    assert any(
        f"did you mean `{key}`?" in problem.hint or f'did you mean "{key}"?' in problem.message for problem in found
    ), found
