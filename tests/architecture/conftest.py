"""What the tests of the house look at: the files that are, or are about to be, committed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file that is committed or could be (not ignored), relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()})


@pytest.fixture(scope="session")
def python_files(files: list[Path]) -> list[Path]:
    """Our Python sources, tests and examples included."""
    return [path for path in files if path.suffix == ".py"]


@pytest.fixture(scope="session")
def typescript_files(files: list[Path]) -> list[Path]:
    """Our TypeScript sources and their tests."""
    return [path for path in files if path.suffix in {".ts", ".mts"} and "dist" not in path.parts]
