"""Prints a simulation's report for people: shares as bars, days only while they fit on a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

from tactful_gateway.simulator.report import Report

_BAR = 24
_MOST_DAYS = 31
SHOWN_AGAIN = "shown again"
"""An outcome beside the reasons: the reason is `asked`, but the headline counts new asks."""


def print_report(console: Console, report: Report) -> None:
    """Print what a simulation came to."""
    asks, persons = sum(report.rules.values()), len(report.persons)
    console.print(
        f"{_many(report.touchpoints, 'touchpoint')} by {_many(persons, 'person')}: {_many(asks, 'ask')}, "
        f"{_many(report.answers, 'answer')}, {_many(report.dismissals, 'dismissal')}",
        style="bold",
    )
    if report.again:
        console.print(f"{_many(report.again, 'time')} an open invitation was shown again, which is no further ask.")
    _print_counts(console, "Reason", _outcomes(report.reasons, report.again).most_common(), report.touchpoints)
    _print_rules(console, report)
    if report.channels:
        _print_counts(console, "Asks by channel", report.channels.most_common(), asks)
    histogram = [(_times(number), many) for number, many in report.asks_per_person().items()]
    _print_counts(console, "Persons asked", histogram, persons)
    console.print(f"The most for one person: {max(report.persons.values(), default=0)}")
    _print_days(console, report)
    if report.rejected_params:
        _print_counts(console, "Params that broke their schema", report.rejected_params.most_common(), 0)


def _outcomes(reasons: Counter[str], again: int) -> Counter[str]:
    """Give the reasons with `asked` split into new asks and open invitations shown again."""
    return Counter({**reasons, "asked": reasons["asked"] - again, SHOWN_AGAIN: again}) + Counter()


def _print_counts(console: Console, title: str, counts: Iterable[tuple[str, int]], total: int) -> None:
    table = _table(title, "count")
    if total:
        table.add_column("share", justify="right")
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
    table = _table("Rule", "asks")
    table.add_column("otherwise")
    for rule, reasons in report.rule_reasons.items():
        outcomes = _outcomes(reasons, reasons["asked"] - report.rules[rule])
        rest = ", ".join(f"{outcome} {count:,}" for outcome, count in outcomes.most_common() if outcome != "asked")
        table.add_row(rule, f"{report.rules[rule]:,}", rest)
    console.print()
    console.print(table)


def _print_days(console: Console, report: Report) -> None:
    if not report.days:
        return
    daily = len(report.days) <= _MOST_DAYS
    by_time: dict[str, Counter[str]] = {}
    for day in sorted(report.days):
        outcomes = _outcomes(report.days[day], report.days_again[day])
        by_time.setdefault(day if daily else day[:7], Counter()).update(outcomes)
    reasons = [outcome for outcome, _ in _outcomes(report.reasons, report.again).most_common()]
    table = _table("Day" if daily else "Month", "touchpoints")
    for reason in reasons:
        table.add_column(reason, justify="right")
    for name, counts in by_time.items():
        table.add_row(name, f"{counts.total():,}", *_cells(counts, reasons))
    console.print()
    console.print(table)
    if not daily:
        console.print(f"{len(report.days)} days; --json has each of them.", style="dim")


def _cells(counts: Mapping[str, int], reasons: Iterable[str]) -> list[str]:
    return [f"{counts[reason]:,}" if counts.get(reason) else "·" for reason in reasons]


def _table(title: str, count: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(title)
    table.add_column(count, justify="right")
    return table


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
