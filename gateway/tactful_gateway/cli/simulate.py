"""`tactful simulate`: plays traffic through a survey folder; says who is asked, how often, and why others are not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import Progress

from tactful_gateway.cli.output.problems import count, make_console, open_folder
from tactful_gateway.cli.output.simulation import print_report
from tactful_gateway.simulator.people import People
from tactful_gateway.simulator.play import OnDecision, Simulation, decision_line
from tactful_gateway.simulator.report import Report
from tactful_gateway.simulator.traffic.read import read_traffic
from tactful_gateway.simulator.traffic.rows import TrafficError, TrafficOptionError
from tactful_gateway.simulator.traffic.visit import BadRow, Traffic, Visit
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ruleset import Ruleset

_BAD_ROWS_SHOWN = 20
_STEP = 250


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder.")],
    traffic: Annotated[
        Path, typer.Option("--traffic", metavar="FILE", help="CSV or JSON Lines.", exists=True, dir_okay=False)
    ],
    touchpoint: Annotated[str | None, typer.Option(help="The touchpoint of rows that name none.")] = None,
    renames: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=PARAM,...", help="What columns are called here.")
    ] = None,
    answer_rate: Annotated[str, typer.Option(help="The share of shown asks that are answered: 0.3 or 30%.")] = "0",
    dismiss_rate: Annotated[str, typer.Option(help="The share of shown asks that are dismissed.")] = "0",
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    decisions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one JSON line a touchpoint.", dir_okay=False)
    ] = None,
) -> None:
    """Play a traffic file through the rules on its own clock, and report asks, answers and suppressions.

    Exit code 0 when it was played, 1 when the folder or the traffic has problems.
    """
    people = _people(answer_rate, dismiss_rate, seed)
    ruleset = open_folder(folder).ruleset
    aside = make_console(stderr=True)
    read = _read(aside, traffic, ruleset, touchpoint, _pairs(renames or []))
    report = _play(aside, ruleset, people, read, decisions)
    if as_json:
        print(json.dumps(report.document(), ensure_ascii=False))
    else:
        print_report(make_console(), report)


def _people(answer_rate: str, dismiss_rate: str, seed: int) -> People:
    answers, dismissals = _share("--answer-rate", answer_rate), _share("--dismiss-rate", dismiss_rate)
    if answers + dismissals > 1:
        raise typer.BadParameter("the answer rate and the dismiss rate are more than everybody together")
    return People(answers, dismissals, seed)


def _share(option: str, text: str) -> float:
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{option} is a share such as 0.3 or 30%")
    return share


def _pairs(renames: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in ",".join(renames).split(","):
        column, equals, target = (piece.strip() for piece in part.partition("="))
        if part and not (column and equals and target):
            raise typer.BadParameter(f'"{part}" in --map is not COLUMN=PARAM')
        if part:
            pairs[column] = target
    return pairs


def _read(aside: Console, path: Path, ruleset: Ruleset, touchpoint: str | None, renames: dict[str, str]) -> Traffic:
    try:
        traffic = read_traffic(path, ruleset, touchpoint, renames)
    except TrafficOptionError as error:
        raise typer.BadParameter(str(error)) from error
    except TrafficError as error:
        aside.print(f"{path}: {error}", style="bold red")
        raise typer.Exit(1) from error
    if traffic.bad:
        _refuse(aside, path, traffic.bad)
    if traffic.unknown_columns:
        names = ", ".join(traffic.unknown_columns)
        aside.print(f"{path}: no touchpoint declares these columns, so they are left out: {names}", style="yellow")
    if traffic.unsorted:
        aside.print(f"{path}: {count(traffic.unsorted, 'row')} out of order in time; sorted in memory", style="yellow")
    return traffic


def _refuse(aside: Console, path: Path, bad: tuple[BadRow, ...]) -> None:
    for row in bad[:_BAD_ROWS_SHOWN]:
        aside.print(f"{path}:{row.line}: {row.message}")
    if len(bad) > _BAD_ROWS_SHOWN:
        aside.print(f"... and {count(len(bad) - _BAD_ROWS_SHOWN, 'more bad row')}")
    aside.print(f"{count(len(bad), 'row')} of the traffic can't be played", style="bold red")
    raise typer.Exit(1)


def _play(aside: Console, ruleset: Ruleset, people: People, traffic: Traffic, decisions: Path | None) -> Report:
    simulation = Simulation(ruleset, people)
    lines = nullcontext() if decisions is None else decisions.open("w", encoding="utf-8")
    with lines as file, _watching(aside, len(traffic.visits), file) as on_decision:
        return asyncio.run(simulation.play(traffic.visits, on_decision))


@contextmanager
def _watching(aside: Console, total: int, file: TextIO | None) -> Iterator[OnDecision]:
    """Give what is told each decision: it writes the decisions file and, on a terminal, moves a progress bar."""
    with Progress(console=aside, transient=True, disable=not aside.is_terminal) as progress:
        task = progress.add_task("Playing", total=total)
        done = 0

        def on_decision(visit: Visit, verdict: Verdict) -> None:
            nonlocal done
            done += 1
            if done % _STEP == 0:
                progress.update(task, completed=done)
            if file is not None:
                file.write(json.dumps(decision_line(visit, verdict), ensure_ascii=False) + "\n")

        yield on_decision
