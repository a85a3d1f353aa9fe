"""Soaks a gateway for ten minutes, and says what came of it: `python -m tests.acceptance.soak --minutes 10`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.acceptance.soak.judging import Claim, judge
from tests.acceptance.soak.run import run
from tests.acceptance.soak.watching import Sample

TELL_EVERY = 10
"""Seconds between two lines of progress."""


def main() -> int:
    """Soak and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, help="visits a second; default: 70 %% of what the machine can do")
    parser.add_argument("--seed", type=int, default=1, help="how long the receiver is away each time")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)

    def progress(sample: Sample, answered: int) -> None:
        if int(sample.at) % TELL_EVERY == 0:
            lag = ", ".join(f"{sink} {lag:.1f} s ({sample.pending[sink]:,})" for sink, lag in sample.lag.items())
            console.print(f"{sample.at:4.0f} s: {answered:,} answers, {sample.memory:.0f} MB, lag (pending): {lag}")

    with tempfile.TemporaryDirectory() as folder:
        done = run(Path(folder), 60 * options.minutes, progress, options.rate, options.seed)
    claims = list(judge(done))
    console.print(_table(claims))
    measured = "" if done.capacity is None else f", 70 % of {done.capacity:,.0f}"
    console.print(f"{len(done.answered):,} answers at {done.rate:,.0f} visits a second{measured}")
    return 0 if all(claim.held for claim in claims) else 1


def _table(claims: Sequence[Claim]) -> Table:
    table = Table("claim", "measured", "")
    for claim in claims:
        table.add_row(claim.what, claim.measured, "[green]held[/]" if claim.held else "[bold red]broken[/]")
    return table


if __name__ == "__main__":
    sys.exit(main())
