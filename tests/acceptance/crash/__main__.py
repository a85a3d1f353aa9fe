"""Plays the whole suite from a seed, and says what came of it: `python -m tests.acceptance.crash`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.acceptance.crash.scenarios import SCENARIOS, Outcome, play


def main() -> int:
    """Play it and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="where the moments come from; default: now")
    parser.add_argument("--only", default="", help="scenarios that have this in their names")
    parser.add_argument("--short", action="store_true", help="as `make test` plays it")
    parser.add_argument("--normal", action="store_true", help="commit without a sync: the power cut must find it")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"seed {options.seed}")
    outcomes = []
    for scenario in (it for it in SCENARIOS if options.only in it.name):
        console.print(f"[bold]{scenario.name}[/]")
        done = play(scenario, options.seed, console.print, short=options.short, full=not options.normal)
        for what in done.wrong[:20]:
            console.print(what, style="red", markup=False)
        outcomes.append(done)
    console.print(_table(outcomes))
    wrong = sum(len(it.wrong) for it in outcomes)
    console.print(f"{wrong} mistakes, seed {options.seed}")
    return 1 if wrong or not outcomes else 0


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table("scenario")
    for name in ("faults", "answers", "events", "seconds", "settled", "mistakes"):
        table.add_column(name, justify="right")
    for it in outcomes:
        told = (it.faults, it.answers, it.events, f"{it.seconds:.0f}", f"{it.settled:.1f} s", len(it.wrong))
        table.add_row(it.scenario.name, *map(str, told))
    return table


if __name__ == "__main__":
    sys.exit(main())
