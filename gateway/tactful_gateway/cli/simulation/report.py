"""Prints a simulation's report for people, as tables with shares as bars."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from tactful_gateway.cli.simulation.over_time import print_periods
from tactful_gateway.cli.simulation.table import make_table
from tactful_gateway.cli.simulation.words import count_out, describe_first, otherwise, outcomes, times, waited
from tactful_gateway.simulator.report import Report

_BAR = 24
MOST_PERIODS = 31
"""As many rows of a table as a screen holds."""


def print_report(console: Console, report: Report) -> None:
    """Print what a simulation came to."""
    asks, persons = report.asks, len(report.persons)
    console.print(
        f"{count_out(report.touchpoints, 'touchpoint')} by {count_out(persons, 'person')}: {count_out(asks, 'ask')}, "
        f"{count_out(report.answers, 'answer')}, {count_out(report.dismissals, 'dismissal')}",
        style="bold",
    )
    if report.again:
        console.print(f"{count_out(report.again, 'time')} an open invitation was shown again, which is no further ask.")
    _print_counts(console, "Reason", outcomes(report.reasons, report.again).most_common(), report.touchpoints)
    _print_rules(console, report)
    if report.channels:
        _print_channels(console, report)
    _print_waited(console, report)
    _print_limits(console, report)
    histogram = [(times(number), many) for number, many in report.asks_per_person().items()]
    _print_counts(console, "Persons asked", histogram, persons)
    console.print(f"The most for one person: {report.most_asks}")
    print_periods(console, report, MOST_PERIODS)
    print_rejected(console, report)


def print_rejected(console: Console, report: Report) -> None:
    """Print the params that broke their schema, where some did: what stood there first, and what to do about it."""
    if not report.rejected_params:
        return
    console.print()
    console.print("Params that broke their schema, and counted as missing", style="bold")
    for rejected in report.rejected_params[:MOST_PERIODS]:
        visits = count_out(rejected.visits, "visit")
        console.print(f"{rejected.param} at {rejected.touchpoint}: {visits}, {describe_first(rejected)}")
        console.print(f"    {rejected.hint}", style="dim")
    if len(report.rejected_params) > MOST_PERIODS:
        console.print(f"{len(report.rejected_params) - MOST_PERIODS} more; --json has each of them.", style="dim")


def _print_counts(console: Console, title: str, counts: Iterable[tuple[str, int]], total: int) -> None:
    table = make_table(title, "count", *(("share",) if total else ()))
    if total:
        table.add_column("")
    for name, count in counts:
        cells = [name, f"{count:,}"]
        if total:
            cells += [f"{count / total:.1%}", "█" * round(_BAR * count / total)]
        table.add_row(*cells)
    console.print()
    console.print(table)


def _print_rules(console: Console, report: Report) -> None:
    if not report.rule_reasons:
        return
    table = make_table("Rule", "asks")
    table.add_column("otherwise")
    for rule in report.rule_reasons:
        table.add_row(rule, f"{report.rules[rule]:,}", otherwise(report, rule))
    console.print()
    console.print(table)


def _print_channels(console: Console, report: Report) -> None:
    table = make_table("Channel", "asks", "sent", "answers", "dismissals")
    for channel, asks in report.channels.most_common():
        counts = (report.sent[channel], report.channel_answers[channel], report.channel_dismissals[channel])
        table.add_row(channel, f"{asks:,}", *(f"{count:,}" if count else "·" for count in counts))
    console.print()
    console.print(table)


def _print_waited(console: Console, report: Report) -> None:
    """Print what became of what had to wait, and what followed up on asks, where anything did."""
    lines = waited(report)
    if lines:
        _print_counts(console, "Waited", lines.items(), 0)


def _print_limits(console: Console, report: Report) -> None:
    """Print what each entry of do-not-disturb did, those that did nothing included."""
    if not report.limits:
        return
    table = make_table("Do-not-disturb", "stopped", "shifted")
    for place, words in report.limits.items():
        counts = (report.stopped[place], report.shifted[place])
        table.add_row(words, *(f"{count:,}" if count else "·" for count in counts))
    console.print()
    console.print(table)
