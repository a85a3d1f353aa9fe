"""Reads the traffic that a simulation plays; bad rows end the command, all of them named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import NoReturn

import typer
from msgspec import Struct
from rich.console import Console

from tactful_gateway.cli.output.problems import count
from tactful_gateway.simulator.traffic.read import read_traffic
from tactful_gateway.simulator.traffic.rows import TrafficError, TrafficOptionError
from tactful_gateway.simulator.traffic.visit import BadRow, Traffic
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.source import did_you_mean
from tactful_rules.tact import zone_of

_BAD_ROWS_SHOWN = 20
_UNKNOWN_SHOWN = 10
_LONGEST = 70


class Source(Struct, frozen=True):
    """A traffic file and what the command line says of it."""

    path: Path
    touchpoint: str | None
    renames: Mapping[str, str]


def read(aside: Console, source: Source, ruleset: Ruleset, before: Ruleset | None) -> Traffic:
    """Read the traffic as `ruleset` sees it, and say on `aside` what its reader should know.

    Raises:
        typer.Exit: the traffic has problems; they were printed.
        typer.BadParameter: what was said of it does not fit.
    """
    if before is not None and not source.path.is_file():
        raise typer.BadParameter("with --against the traffic is read twice, so --traffic is a file, not a pipe")
    traffic = _read(aside, source, ruleset, before)
    if traffic.unknown_columns:
        names = ", ".join(traffic.unknown_columns)
        aside.print(
            f"{source.path}: no touchpoint declares these columns, so they are left out: {names}", style="yellow"
        )
    for line in _name_unknown(source.path, traffic.unknown_touchpoints, ruleset):
        aside.print(line, style="yellow")
    if traffic.unsorted:
        aside.print(
            f"{source.path}: {count(traffic.unsorted, 'row')} out of order in time; sorted in memory", style="yellow"
        )
    return traffic


def _name_unknown(path: Path, first: Mapping[str, int], ruleset: Ruleset) -> Iterator[str]:
    """Say of each touchpoint that is declared nowhere where it stands first, and which one it may be."""
    for touchpoint, line in islice(first.items(), _UNKNOWN_SHOWN):
        hint = did_you_mean(touchpoint, ruleset.touchpoints)
        yield f"{path}:{line}: no touchpoint is called `{touchpoint[:_LONGEST]}`" + (f"; {hint}" if hint else "")
    if len(first) > _UNKNOWN_SHOWN:
        yield f"... and {count(len(first) - _UNKNOWN_SHOWN, 'more unknown touchpoint')}"


def read_again(aside: Console, source: Source, before: Ruleset, ruleset: Ruleset, traffic: Traffic) -> Traffic:
    """Read `traffic` as the folder to compare with sees it: the same rows at the same moments.

    Raises:
        typer.Exit: the file is another one by now; that was printed.
    """
    again = _read(aside, source, before, ruleset, zone_of(ruleset.settings))
    if len(again.visits) != len(traffic.visits):
        _fail(aside, f"{source.path} changed while it was read; play it when it is whole")
    return again


def _read(
    aside: Console, source: Source, ruleset: Ruleset, beside: Ruleset | None, zone: tzinfo | None = None
) -> Traffic:
    try:
        traffic = read_traffic(source.path, ruleset, source.touchpoint, source.renames, beside=beside, zone=zone)
    except TrafficOptionError as error:
        raise typer.BadParameter(str(error)) from error
    except (TrafficError, OSError) as error:
        _fail(aside, f"{source.path}: {error.strerror if isinstance(error, OSError) else error}")
    if traffic.bad:
        _refuse(aside, source.path, traffic.bad)
    return traffic


def _refuse(aside: Console, path: Path, bad: tuple[BadRow, ...]) -> NoReturn:
    for row in bad[:_BAD_ROWS_SHOWN]:
        aside.print(f"{path}:{row.line}: {row.message}")
    if len(bad) > _BAD_ROWS_SHOWN:
        aside.print(f"... and {count(len(bad) - _BAD_ROWS_SHOWN, 'more bad row')}")
    _fail(aside, f"{count(len(bad), 'row')} of the traffic can't be played")


def _fail(aside: Console, message: str) -> NoReturn:
    aside.print(message, style="bold red")
    raise typer.Exit(1)
