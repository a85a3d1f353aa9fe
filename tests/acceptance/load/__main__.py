"""Runs the load once, from a seed, and says what came of it: `python -m tests.acceptance.load --calls 100000`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.acceptance.load.run import judge, run


def main() -> int:
    """Run it and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.load", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = run(Path(folder), options.calls, options.seed)
    wrong = judge(done)
    for line in wrong[:20]:
        print(line)
    rate = f"{options.calls / done.seconds:,.0f} calls a second"
    print(f"{options.calls:,} calls from seed {options.seed}: {len(wrong)} mistakes, {rate}")
    print(f"decisions {dict(done.crowd.reasons)}; asks {dict(done.count.asks)}; answers {dict(done.count.answers)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
