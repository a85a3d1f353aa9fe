"""Fuzzes the HTTP API once, from a seed, and says what came of it: `python -m tests.acceptance.fuzz --examples 60`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.acceptance.fuzz.run import fuzz

PHASES = "examples,coverage,fuzzing,stateful"
LEAST = 2_000


def main() -> int:
    """Run it and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = fuzz(Path(folder), options.examples, options.seed, PHASES)
    print(done.printed, *done.failed, sep="\n")
    wrong = []
    if done.code:
        wrong.append("Schemathesis found a violation")
    if done.failed:
        wrong.append("the gateway logged failures")
    if done.never_taken:
        wrong.append(f"no request was ever taken by {', '.join(sorted(done.never_taken))}")
    if done.cases < LEAST:
        wrong.append(f"only {done.cases} cases, {LEAST} at least are wanted")
    print(f"{done.cases:,} cases from seed {options.seed}: {'; '.join(wrong) or 'no violation'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
