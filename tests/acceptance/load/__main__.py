"""Runs the load once, from a seed, and says what came of it: `python -m tests.acceptance.load --calls 100000`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.acceptance.load.run import judge, run
from tests.servers.postgres import running_postgres


def main() -> int:
    """Run it and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.load", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--gateways", type=int, default=0, help="so many over one PostgreSQL; by default one over SQLite"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        db = stack.enter_context(running_postgres()).url() if options.gateways else ""
        done = run(folder, options.calls, options.seed, db, options.gateways or 1)
    wrong = judge(done)
    for line in wrong[:20]:
        print(line)
    rate = f"{options.calls / done.seconds:,.0f} calls a second"
    print(f"{options.calls:,} calls from seed {options.seed}: {len(wrong)} mistakes, {rate}")
    print(f"decisions {dict(done.crowd.reasons)}; asks {dict(done.count.asks)}; answers {dict(done.count.answers)}")
    for rule, places in done.count.places.items():
        used = f"{len(places.counted)} of {places.limit} {places.unit}"
        print(f"{rule}: {used}, {len(places.beyond)} beyond, {len(places.holding)} places held at the end")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
