"""What importing the SDK costs over a bare interpreter; its bytecode is there, as after an install."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from tests.benchmarks.row import Baseline, Row

RUNS = 15
_MEMORY = """
def memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
"""
_PRINT = "print((time.perf_counter() - start) * 1000, memory())"
BARE = f"{_MEMORY}import time\nstart = time.perf_counter()\n{_PRINT}"
IMPORTING = f"{_MEMORY}import time\nstart = time.perf_counter()\nimport tactful\n{_PRINT}"


def rows() -> list[Row]:
    """Measure both."""
    with tempfile.TemporaryDirectory() as bytecode:
        _run(IMPORTING, bytecode)
        bare = [_run(BARE, bytecode) for _ in range(RUNS)]
        loaded = [_run(IMPORTING, bytecode) for _ in range(RUNS)]
    took = min(run[0] for run in loaded) - min(run[0] for run in bare)
    grew = statistics.median(run[1] for run in loaded) - statistics.median(run[1] for run in bare)
    memory = Baseline("bare interpreter", statistics.median(run[1] for run in bare))
    return [
        Row(
            name="import tactful, time",
            value=took,
            unit="ms",
            budget="<= 60 ms",
            met=took <= 60,
            note=f"over a bare interpreter, best of {RUNS}",
        ),
        Row(
            name="import tactful, memory",
            value=memory.value + grew,
            unit="MB",
            baseline=memory,
            budget="<= 12 MB over the baseline",
            met=grew <= 12,
            note=f"{grew:.1f} MB more",
        ),
    ]


def _run(program: str, bytecode: str) -> tuple[float, float]:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environ | {"PYTHONPYCACHEPREFIX": bytecode},
        capture_output=True,
        text=True,
        check=True,
    )
    took, memory = done.stdout.split()
    return float(took), float(memory)
