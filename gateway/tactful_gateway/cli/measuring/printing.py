"""How the figures of a bench are printed: a table, what one should know of them, and one sentence that says it all."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console

from tactful_gateway.cli.output.problems import count
from tactful_gateway.cli.simulation.table import make_table
from tactful_gateway.measuring.bench import Bench, rules_without_a_screen
from tactful_gateway.measuring.figures import Figures, Spread, Throughput

FEW = 200
"""Fewer measured than this say little of the slowest hundredth."""


class Ended(Struct, frozen=True):
    """Why a bench ended before all was measured, and the exit code for that."""

    why: str
    code: int


def document(bench: Bench, figures: Figures, ended: Ended | None) -> dict[str, Any]:
    """Give the figures as plain values, with what they were measured with."""
    return {
        "measured_on": str(bench.place),
        "connections": bench.connections,
        "seconds": bench.seconds,
        "ended_early": None if ended is None else ended.why,
        **msgspec.to_builtins(figures),
        "notes": _notes(bench, figures),
        "in_short": in_short(figures, bench.seconds),
    }


def print_figures(console: Console, bench: Bench, figures: Figures) -> None:
    """Print what was measured."""
    table = make_table("Measured", "a second", "half within", "99 of 100 within", "asked")
    if figures.deciding is not None:
        asked = f"{figures.deciding.asking / figures.deciding.events:.0%}"
        table.add_row("deciding alone", "", *_within(figures.deciding.micros, "µs"), asked)
    if figures.fsync_millis is not None:
        table.add_row(f"an fsync in {bench.place}", "", *_within(figures.fsync_millis, "ms"))
    for name, driven in (("decisions", figures.decisions), ("final responses", figures.responses)):
        if driven is not None:
            asked = "" if driven.asked is None else f"{driven.asked / driven.millis.measured:.0%}"
            table.add_row(f"durable {name}", f"{driven.rate:,.0f}", *_within(driven.millis, "ms"), asked)
    if table.row_count:
        console.print(table)
    for note in _notes(bench, figures):
        console.print(note, style="yellow")
    if (said := in_short(figures, bench.seconds)) is not None:
        console.print(said, style="bold green")


def in_short(figures: Figures, seconds: float) -> str | None:
    """Say in one sentence what the figures mean; None before there is a gateway's.

    A few responses at once make no rate: where invitations ran out, it is silent about answers.
    """
    decisions, responses = figures.decisions, figures.responses
    if decisions is None:
        return None
    carried = f"{_rounded(decisions.rate):,} decisions"
    slowest = decisions.millis.p99
    if responses is not None and not _ran_out(responses, seconds):
        carried += f" or {_rounded(responses.rate):,} answers"
        slowest = max(slowest, responses.millis.p99)
    return f"One gateway here takes about {carried} a second; 99 of 100 callers wait less than {_number(slowest)} ms."


def _notes(bench: Bench, figures: Figures) -> list[str]:
    notes = []
    unseen = rules_without_a_screen(bench.folder.ruleset)
    if unseen:
        rules = ", ".join(unseen)
        notes.append(f"Only sent channels serve {rules}; a bench sends nothing, so they asked nobody.")
    if figures.decisions is not None and figures.responses is None and not figures.decisions.asked:
        notes.append("Nobody was asked, so no response could be measured; an inline test that asks lends its event.")
    if figures.responses is not None and _ran_out(figures.responses, bench.seconds):
        few = count(figures.responses.millis.measured, "response")
        notes.append(f"No more than {few} could be measured: a quota, a sample or a holdout let no more be asked.")
    return notes


def _ran_out(responses: Throughput, seconds: float) -> bool:
    """Tell whether invitations ran out long before the time did, and left but a few responses to judge by."""
    measured = responses.millis.measured
    return measured < FEW and measured / responses.rate < seconds / 2


def _within(spread: Spread, unit: str) -> tuple[str, str]:
    return f"{_number(spread.median)} {unit}", f"{_number(spread.p99)} {unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _rounded(rate: float) -> int:
    """Give a rate with two digits: the next run would give others behind them."""
    return round(float(f"{rate:.2g}"))
