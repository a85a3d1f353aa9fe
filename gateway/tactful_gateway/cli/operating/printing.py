"""The tables of `tactful sinks`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.http.operating.wire import Letter, SinkView

CUT = 80
"""Characters of a destination's answer in a table; --json has all of it."""
NUMBERS = ("behind", "delivered", "pending", "dead")


def is_well(sink: SinkView) -> bool:
    """Tell whether a sink needs nobody: it works, and has no dead letters."""
    return sink.state in ("running", "standby") and sink.circuit == "closed" and not sink.dead


def describe_lag(seconds: float) -> str:
    """Write how far a sink is behind, roughly: `12 s`, `5 min`, `3 h 20 min`, `4 days`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def print_sinks(sinks: Sequence[SinkView]) -> None:
    """Print how sinks are doing."""
    table = Table(box=None, pad_edge=False)
    for name in ("sink", "kind", "state", "circuit", *NUMBERS, "next try (UTC)", "last error"):
        table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=name != "last error")
    for sink in sinks:
        table.add_row(
            sink.id,
            sink.kind,
            sink.state,
            sink.circuit.replace("_", "-"),
            describe_lag(sink.lag.seconds) if sink.pending else "-",
            f"{sink.delivered:,}",
            f"{sink.pending:,}{'+' if sink.uncounted else ''}",  # of those behind these it may want some
            f"{sink.dead:,}",
            "-" if sink.next_try is None else _moment(sink.next_try),
            sink.error or "-",
            style=None if is_well(sink) else "yellow",
        )
    make_console(wide=True).print(table)


def print_letters(letters: Sequence[Letter]) -> None:
    """Print dead letters."""
    table = Table(box=None, pad_edge=False)
    for name in ("seq", "id", "type", "at (UTC)", "tried", "next try (UTC)", "error", "answer"):
        table.add_column(name, no_wrap=name != "answer")
    for letter in letters:
        table.add_row(
            str(letter.seq),
            letter.id,
            str(letter.event.get("type", "")).removeprefix("tactful."),
            _moment(letter.at),
            str(letter.attempts),
            "-" if letter.next_try is None else _moment(letter.next_try),
            letter.error,
            letter.answer if len(letter.answer) <= CUT else f"{letter.answer[:CUT]}…",
        )
    make_console(wide=True).print(table)


def _moment(at: str) -> str:
    return at[:19].replace("T", " ")
