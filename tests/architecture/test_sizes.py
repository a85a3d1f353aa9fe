"""The sizes that keep a room habitable."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture.functions import Function, python_functions, typescript_functions

MEDIAN_FILE, LONGEST_FILE = 120, 400
P90_FUNCTION, LONGEST_FUNCTION = 30, 60
FILES_A_FOLDER = 12
NOT_COUNTED = {"__init__.py", "README.md", "py.typed", "conftest.py"}
"""A folder's label, not its content."""


@pytest.fixture(scope="session")
def lengths(root: Path, python_files: list[Path], typescript_files: list[Path]) -> dict[Path, int]:
    return {path: len((root / path).read_text().splitlines()) for path in (*python_files, *typescript_files)}


@pytest.fixture(scope="session")
def functions(root: Path, python_files: list[Path], typescript_files: list[Path]) -> list[tuple[Path, Function]]:
    found = [(path, each) for path in python_files for each in python_functions((root / path).read_text())]
    return found + [
        (path, each) for path in typescript_files for each in typescript_functions((root / path).read_text())
    ]


def test_half_of_the_files_are_short(lengths: dict[Path, int]):
    assert median(length for path, length in lengths.items() if path.name != "__init__.py") <= MEDIAN_FILE


def test_no_file_is_long(lengths: dict[Path, int]):
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_nine_in_ten_functions_are_short(functions: list[tuple[Path, Function]]):
    assert quantiles([each.length for _, each in functions], n=10)[-1] <= P90_FUNCTION


def test_no_function_is_long(functions: list[tuple[Path, Function]]):
    long = {
        f"{path}:{each.line} {each.name}": each.length for path, each in functions if each.length > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_folder_is_crowded(files: list[Path]):
    counted = Counter(path.parent for path in files if path.name not in NOT_COUNTED and path.parent != Path())
    assert {str(folder): count for folder, count in counted.items() if count > FILES_A_FOLDER} == {}


def test_functions_of_typescript_are_found_by_name_and_length():
    source = """
export function ask(name: string, options: { at: number } = { at: 1 }): Promise<Decision> {
  if (name) {
    return fetch("{"); // a brace in a string }
  }
  return new Promise((resolve) => {
    resolve(`}`);
  });
}
class Card {
  close(): void {
    this.open = false;
  }
}
"""
    found = {each.name: each.length for each in typescript_functions(source)}
    assert found == {"=>": 3, "ask": 5, "close": 3}


def test_functions_of_python_are_measured_from_def_to_their_last_line():
    assert python_functions("@decorated\ndef ask(\n    name,\n):\n    return name\n") == [Function("ask", 2, 4)]
