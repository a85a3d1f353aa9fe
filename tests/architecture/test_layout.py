"""Rooms, floors and doors: where things stand, and what may import what."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

PACKAGES = {
    "pytest_tactful": "sdk/pytest_tactful",
    "tactful": "sdk/tactful",
    "tactful_gateway": "gateway/tactful_gateway",
    "tactful_rules": "rules/tactful_rules",
}
FLOORS = ("sdk", "gateway", "rules")


def test_every_room_says_what_is_in_it(root: Path, files: list[Path]):
    rooms = {path.parent for path in files if path.suffix in {".py", ".ts"}}
    package_rooms = {room for room in rooms if len(room.parts) <= 3 and room.parts[0] in FLOORS}
    test_rooms = {Path(*room.parts[:2]) for room in rooms if room.parts[0] == "tests" and len(room.parts) > 1}
    others = {Path("rules/spec"), Path("widgets"), Path("examples"), Path("examples/cafe"), Path("examples/receiver")}
    others.add(Path("examples/frameworks"))
    assert (
        sorted(str(room) for room in package_rooms | test_rooms | others if not (root / room / "README.md").exists())
        == []
    )


def test_the_floors_are_folders_and_not_packages(files: list[Path]):
    """With an `__init__.py` there, `import sdk.tactful` would yield other classes than `import tactful`."""
    packages = [path for path in files if path.name == "__init__.py"]
    assert [str(path) for path in packages if path.parts[0] == "tests" or len(path.parts) == 2] == []


def test_nothing_imports_through_a_floor(root: Path, python_files: list[Path]):
    through = []
    for path in python_files:
        for node in ast.walk(ast.parse((root / path).read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            through += [f"{path}: {name}" for name in names if name.split(".")[0] in FLOORS]
    assert through == []


def test_ruff_bans_the_floors_names(root: Path):
    ruff = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert set(ruff["flake8-tidy-imports"]["banned-api"]) >= set(FLOORS)


def test_imports_go_one_way(root: Path):
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_go_in_a_circle(package: str):
    """Imports for types alone count as well: a circle hidden behind `TYPE_CHECKING` is a circle."""
    graph = grimp.build_graph(package, cache_dir=None)
    importers = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(importers).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
