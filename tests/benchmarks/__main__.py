"""Runs every `bench_*.py` beside and below it and prints one table of ratios; exits 1 if a budget is missed.

Those in `LONG` run only when they are named. Absolute numbers differ from machine to machine, so a row compares with a
baseline measured in the same run.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from tests.benchmarks.machine import facts
from tests.benchmarks.row import Row

HERE = Path(__file__).parent
LONG = frozenset({"memory"})
"""What takes more minutes than all others together."""
WIDTH = 170
"""How wide the table is where no terminal says so."""


def benchmarks() -> dict[str, str]:
    """Give the modules found by their names, without `bench_`, in alphabetical order."""
    found = {path.stem.removeprefix("bench_"): path for path in HERE.rglob("bench_*.py")}
    return {name: ".".join(found[name].relative_to(HERE.parents[1]).with_suffix("").parts) for name in sorted(found)}


def run(module: str) -> list[Row]:
    """Run one benchmark: its module's `rows()` measures and gives the rows."""
    return list(importlib.import_module(module).rows())


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _verdict(row: Row) -> str:
    if row.met is None:
        return "[dim]-[/]"
    return "[green]met[/]" if row.met else "[bold red]missed[/]"


def table(measured: dict[str, list[Row]]) -> Table:
    """Lay the rows out, one section a benchmark."""
    grid = Table(header_style="bold")
    for title in ("what", "value", "baseline", "ratio", "budget", "", "note"):
        grid.add_column(title, justify="right" if title in {"value", "ratio"} else "left")
    for rows in measured.values():
        for row in rows:
            baseline = f"{row.baseline.name}: {_number(row.baseline.value)}" if row.baseline else ""
            ratio = f"{row.ratio:,.2f}" if row.ratio is not None else ""
            grid.add_row(
                row.name, f"{_number(row.value)} {row.unit}", baseline, ratio, row.budget, _verdict(row), row.note
            )
        grid.add_section()
    return grid


def _as_json(measured: dict[str, list[Row]]) -> str:
    rows = [msgspec.to_builtins(row) | {"ratio": row.ratio} for some in measured.values() for row in some]
    return msgspec.json.format(msgspec.json.encode({"machine": facts(), "rows": rows}), indent=2).decode()


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks chosen and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    found = benchmarks()
    parser.add_argument("--only", metavar="NAME", action="append", choices=found, help=f"one of {', '.join(found)}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    progress = Console(stderr=True, highlight=False)
    measured: dict[str, list[Row]] = {}
    for name in options.only or [name for name in found if name not in LONG]:
        progress.print(f"[dim]measuring {name} ...[/]")
        measured[name] = run(found[name])
    if options.json:
        sys.stdout.write(_as_json(measured) + "\n")
    else:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
        console.print(table(measured))
        console.print("[dim]" + " · ".join(f"{key} {value}" for key, value in facts().items()) + "[/]")
    return 1 if any(row.met is False for rows in measured.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
