"""Nothing of one machine, one registry or one secret is committed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

TEXT = {".py", ".ts", ".js", ".json", ".md", ".toml", ".txt", ".yaml", ".yml", ".css", ".html", ".svg", ".sql", ""}
MACHINE = re.compile(r"/(?:home|root|Users|work)/[\w.-]|[A-Z]:\\Users\\")
REGISTRY = re.compile(r"(?:registry\.npmjs|registry\.yarnpkg|files\.pythonhosted|pypi\.org/simple|index-url)")
SELF = Path("tests/architecture/test_clean.py")


EMPTY_ON_PURPOSE = {"__init__.py", "py.typed"}
LEFT_BEHIND = {".jsonl", ".db", ".lock", ".secret", ".log", ".out", ".tmp", ".bak", ".orig", ".rej", ".pyc", ".prof"}


def _matches(root: Path, files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    texts = (
        (path, (root / path).read_text(errors="replace")) for path in files if path.suffix in TEXT and path != SELF
    )
    return [f"{path}: {found[0]}" for path, text in texts if (found := pattern.search(text))]


def test_no_path_of_a_machine_is_committed(root: Path, files: list[Path]):
    assert _matches(root, files, MACHINE) == []


def test_no_address_of_a_registry_is_committed(root: Path, files: list[Path]):
    assert _matches(root, files, REGISTRY) == []


def test_nothing_that_a_run_leaves_behind_is_committed(root: Path, files: list[Path]):
    assert [str(path) for path in files if path.suffix in LEFT_BEHIND] == []
    assert [str(path) for path in files if not (root / path).stat().st_size and path.name not in EMPTY_ON_PURPOSE] == []


@pytest.mark.parametrize("file", ["constraints.txt", "tests/benchmarks/peers/requirements.txt"])
def test_every_version_is_pinned_exactly(root: Path, file: str):
    lines = [line for line in (root / file).read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)] == []


def test_constraints_cover_what_the_project_asks_for(root: Path):
    pinned = {_plain(line.split("==")[0]) for line in (root / "constraints.txt").read_text().splitlines()}
    wanted = re.findall(r'^  ?"?([A-Za-z][\w.-]*)(?:\[[^\]]*\])?(?:[<>=~!].*)?",?$', _dependencies(root), re.MULTILINE)
    assert {_plain(name) for name in wanted} - pinned == set()


def _dependencies(root: Path) -> str:
    text = (root / "pyproject.toml").read_text()
    return text[text.index("[project.optional-dependencies]") : text.index("[tool.hatch")]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("folder", ["widgets", "tests/editor"])
def test_a_lock_file_of_npm_names_no_address(root: Path, folder: str):
    lock = json.loads((root / folder / "package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and not entry.get("integrity")] == []


def test_nothing_is_left_unfinished(root: Path, python_files: list[Path], typescript_files: list[Path]):
    unfinished = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|# type: ignore$|# noqa$", re.MULTILINE)
    assert _matches(root, [*python_files, *typescript_files], unfinished) == []
