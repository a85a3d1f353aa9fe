"""Prints what touchpoints came to over time: periods while they fit on a screen, and outcomes while they fit beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console

from tactful_gateway.cli.simulation.table import GAP, make_table
from tactful_gateway.cli.simulation.words import ASKING, outcomes
from tactful_gateway.simulator.periods import Unit, choose_unit, period_of
from tactful_gateway.simulator.report import Report

_TOTAL, _REST = "all", "other"


def print_periods(console: Console, report: Report, most: int) -> None:
    """Print one row a day, week, month or year, whichever gives at most so many rows."""
    if not report.days:
        return
    unit = choose_unit(report.days, most)
    periods = _gather(report, unit)
    shown, rest = _split(periods, outcomes(report.reasons, report.again), console.width)
    table = make_table(unit.capitalize())
    for name in (_TOTAL, *shown, *([_REST] if rest else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for period, counts in periods.items():
        others = [_cell(sum(counts[name] for name in rest))] if rest else []
        table.add_row(period, f"{counts.total():,}", *(_cell(counts[name]) for name in shown), *others)
    console.print()
    console.print(table)
    if rest:
        console.print(f"{_REST}: {', '.join(rest)}; a wider terminal has room for them.", style="dim")
    if unit != "day":
        console.print(f"{len(report.days)} days; --json has each of them.", style="dim")


def _gather(report: Report, unit: Unit) -> dict[str, Counter[str]]:
    """Count the outcomes of each period."""
    periods: dict[str, Counter[str]] = {}
    for day in sorted(report.days):
        came_out = outcomes(report.days[day], report.days_again[day])
        periods.setdefault(period_of(day, unit), Counter()).update(came_out)
    return periods


def _split(
    periods: Mapping[str, Counter[str]], totals: Counter[str], width: int
) -> tuple[Sequence[str], Sequence[str]]:
    """Give the outcomes that have a column each, asks first and then the most frequent, and those without one."""
    names = sorted((name for name, _ in totals.most_common()), key=lambda name: name not in ASKING)
    room = width - max(map(len, periods)) - _room_for(_TOTAL, max(counts.total() for counts in periods.values()))
    rooms = [_room_for(name, max(counts[name] for counts in periods.values())) for name in names]
    if sum(rooms) <= room:
        return names, ()
    room -= _room_for(_REST, max(counts.total() for counts in periods.values()))
    fits = next(number for number in range(len(names) - 1, -1, -1) if sum(rooms[:number]) <= room or not number)
    return names[:fits], names[fits:]


def _room_for(name: str, most: int) -> int:
    return GAP + max(len(name), len(f"{most:,}"))


def _cell(count: int) -> str:
    return f"{count:,}" if count else "·"
