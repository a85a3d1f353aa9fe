"""How long `tactful check` takes on a thousand rules in fifty files: the whole command, as an author waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.folder.many_files import write_folder
from tests.benchmarks.row import Baseline, Row

RUNS = 7
BUDGET = 1.5
COMMAND = "from tactful_gateway.cli.main import run; run()"


def rows() -> list[Row]:
    """Measure it, beside the same command on a single rule."""
    with tempfile.TemporaryDirectory() as name:
        many, one = Path(name, "many"), Path(name, "one")
        write_folder(many, rules=1000, files=50)
        write_folder(one, rules=1, files=1)
        took = {folder: min(_run(folder) for _ in range(RUNS)) for folder in (one, many)}
        before = os.times()
        _run(many)
        after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return [
        Row(
            name="tactful check, 1,000 rules in 50 files",
            value=took[many],
            unit="s",
            baseline=Baseline("1 rule in 1 file", took[one]),
            budget=f"<= {BUDGET} s",
            met=took[many] <= BUDGET,
            note=f"the whole process, best of {RUNS}; {cpu:.2f} s of a processor",
        )
    ]


def _run(folder: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "check", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - start
