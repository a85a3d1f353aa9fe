"""Runs npm in a folder with its locked packages installed; without npm its tests are left out, save in CI."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Npm: TypeAlias = Callable[..., None]


def install(folder: Path) -> Npm:
    """Install what the folder's lock file names, once, and give a function that runs npm there."""
    program = shutil.which("npm")
    if program is None:
        assert "CI" not in os.environ, "in CI nothing is left out: install npm"
        pytest.skip("npm is not on this machine")

    def run(*arguments: str) -> None:
        command = [program, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".tactful-lock"
    # The workers of a parallel run share one node_modules: one installs, the others wait.
    with (folder / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != digest:
            run("ci", "--no-audit", "--no-fund")
            installed.write_text(digest)
    return run
