"""A file in the making: what another run left is begun anew, what was whole already is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tactful_gateway.disk.new_file import name_new
from tactful_gateway.disk.partial import open_partial, partial_path


def test_what_a_killed_run_left_is_begun_anew_and_said_to_be(tmp_path: Path) -> None:
    partial = partial_path(tmp_path / "rejects.csv")
    partial.write_text("half a row")
    file, left_over = open_partial(partial)
    with file:
        assert (left_over, partial.read_text()) == (True, "")


def test_a_file_that_has_its_name_already_is_not_emptied_by_the_next_run(tmp_path: Path) -> None:
    whole = tmp_path / "rejects.csv"
    first, _ = open_partial(partial_path(whole))
    with first:  # killed when it was named, and before its old name was gone
        first.write("row refused\n")
        first.flush()
        name_new(partial_path(whole), whole)
    file, left_over = open_partial(partial_path(whole))
    with file:
        file.write("another row\n")
    assert (left_over, whole.read_text()) == (False, "row refused\n")
    assert partial_path(whole).read_text() == "another row\n"


def test_one_that_is_being_made_is_left_to_its_maker(tmp_path: Path) -> None:
    partial = partial_path(tmp_path / "rejects.csv")
    file, _ = open_partial(partial)
    with file, pytest.raises(BlockingIOError):
        open_partial(partial)
