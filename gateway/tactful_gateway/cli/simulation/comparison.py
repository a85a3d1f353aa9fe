"""Prints what a change changes, as a diff is read: what was, what is, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from tactful_gateway.cli.simulation.report import MOST_PERIODS, print_rejected
from tactful_gateway.cli.simulation.table import make_table
from tactful_gateway.cli.simulation.words import (
    TOTALS,
    describe_change,
    describe_told,
    outcomes_compared,
    times,
    waited_compared,
)
from tactful_gateway.simulator.comparison import Comparison, Delta, gather
from tactful_gateway.simulator.effects import Changed
from tactful_gateway.simulator.periods import choose_unit
from tactful_rules.model.ids import rfc3339

_MOST_KINDS = 12


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print what a change changes."""
    console.print(comparison.headline, style="bold")
    console.print(describe_change(comparison))
    totals = {TOTALS[name]: delta for name, delta in comparison.totals().items()}
    _print_deltas(console, "In all", totals)
    _print_deltas(console, "Reason", outcomes_compared(comparison))
    _print_deltas(console, "Asks by rule", comparison.rules())
    _print_deltas(console, "Asks by channel", comparison.channels())
    _print_deltas(console, "Answers by channel", comparison.channel_answers())
    _print_deltas(console, "Waited", waited_compared(comparison))
    _print_deltas(console, "Stopped or shifted by do-not-disturb", comparison.limits())
    histogram = {times(number): delta for number, delta in comparison.asks_per_person().items()}
    _print_deltas(console, "Persons asked", histogram)
    unit = choose_unit(comparison.days(), MOST_PERIODS)
    _print_deltas(console, f"Asks by {unit}", gather(comparison.days(), unit))
    _print_changed(console, comparison.changed)
    print_rejected(console, comparison.now)


def _print_deltas(console: Console, title: str, deltas: Mapping[str, Delta]) -> None:
    if not deltas:
        return
    table = make_table(title, "was", "is", "change")
    for name, delta in deltas.items():
        table.add_row(name, f"{delta.was:,}", f"{delta.now:,}", _change(delta))
    console.print()
    console.print(table)


def _change(delta: Delta) -> Text:
    if not delta.change:
        return Text("·", "dim")
    return Text(f"{delta.change:+,}", "green" if delta.change > 0 else "red")


def _print_changed(console: Console, changed: tuple[Changed, ...]) -> None:
    if not changed:
        return
    console.print()
    console.print("Touchpoints that come out otherwise", style="bold")
    for kind in changed[:_MOST_KINDS]:
        console.print(f"{kind.touchpoints:,}  {kind.was} -> {kind.now}")
        for example in kind.examples:
            where = f"    {rfc3339(example.at)} {example.person} at {example.touchpoint}: "
            console.print(f"{where}{describe_told(example.was)} -> {describe_told(example.now)}", style="dim")
    if len(changed) > _MOST_KINDS:
        console.print(f"{len(changed) - _MOST_KINDS} more kinds of change; --json has each of them.", style="dim")
