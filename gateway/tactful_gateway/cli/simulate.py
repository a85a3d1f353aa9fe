"""`tactful simulate`: plays traffic through a survey folder; says who is asked, how often, and why others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import open_folder
from tactful_gateway.cli.output.renames import read_renames
from tactful_gateway.cli.simulation.comparison import print_comparison
from tactful_gateway.cli.simulation.outputs import check_outputs, writing
from tactful_gateway.cli.simulation.page import Played, render_page
from tactful_gateway.cli.simulation.playing import play, play_both
from tactful_gateway.cli.simulation.reading import Source, read, read_again
from tactful_gateway.cli.simulation.report import print_report
from tactful_gateway.cli.simulation.words import describe_people
from tactful_gateway.simulator.comparison import Comparison
from tactful_gateway.simulator.people import People
from tactful_gateway.simulator.report import Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder.")],
    traffic: Annotated[
        Path, typer.Option("--traffic", metavar="FILE", help="CSV, JSON Lines or Parquet.", exists=True, dir_okay=False)
    ],
    touchpoint: Annotated[str | None, typer.Option(help="The touchpoint of rows that name none.")] = None,
    renames: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=PARAM,...", help="What columns are called here.")
    ] = None,
    answer_rate: Annotated[str, typer.Option(help="The share of shown asks that are answered: 0.3 or 30%.")] = "0",
    dismiss_rate: Annotated[str, typer.Option(help="The share of shown asks that are dismissed.")] = "0",
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 0,
    against: Annotated[
        Path | None, typer.Option(metavar="OTHER_DIR", help="Say what DIR changes against this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    decisions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one JSON line a touchpoint.", dir_okay=False)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with charts, which needs nothing else.", dir_okay=False),
    ] = None,
) -> None:
    """Play a traffic file through the rules on its own clock, and report asks, answers and suppressions.

    With --against the same traffic is played through OTHER_DIR, too, and what DIR changes is reported.

    Exit code 0 when it was played, 1 when a folder or the traffic has problems.
    """
    people = _people(answer_rate, dismiss_rate, seed)
    check_outputs(traffic, {"--decisions": decisions, "--html": html})
    ruleset = open_folder(folder).ruleset
    before = None if against is None else open_folder(against).ruleset
    aside, source = make_console(stderr=True), Source(traffic, touchpoint, read_renames(renames or []))
    visits = read(aside, source, ruleset, before)
    if before is None:
        comparison, report = None, play(aside, ruleset, people, visits, decisions=decisions)
    else:
        as_before = read_again(aside, source, before, ruleset, visits)
        comparison = play_both(aside, (before, as_before), (ruleset, visits), people, decisions=decisions)
        report = comparison.now
    if html is not None:
        played = Played(
            folder=str(folder),
            traffic=str(traffic),
            people=people,
            ruleset=ruleset,
            against=None if against is None else str(against),
            before=before,
        )
        with writing(html):
            html.write_bytes(render_page(played, report, comparison))
    if as_json:
        document: dict[str, Any] = report.document()
        print_json(document | ({"against": comparison.document()} if comparison else {}))
    else:
        _print(report, comparison, people)


def _print(report: Report, comparison: Comparison | None, people: People) -> None:
    console = make_console()
    if comparison is not None:
        print_comparison(console, comparison)
    else:
        print_report(console, report)
    console.print(f"{describe_people(people)}: --answer-rate and --dismiss-rate say how many.")


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
