"""Runs a program in a fresh interpreter: forks, exits and imports can only be seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eventually import PATIENCE


@pytest.fixture
def run_program(tmp_path: Path) -> Callable[..., str]:
    """Run Python text with arguments in `sys.argv[1:]`; give what it printed."""

    def run(program: str, *arguments: str, timeout: float = PATIENCE) -> str:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ |= {"PYTHONPYCACHEPREFIX": str(tmp_path.parent / "bytecode"), "XDG_CACHE_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), *arguments],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run
