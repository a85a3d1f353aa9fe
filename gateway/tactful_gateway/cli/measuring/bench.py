"""`tactful bench`: what this machine carries with these rules; it touches no database, fills no sink, sends nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from tactful_gateway.cli.init import read_starter
from tactful_gateway.cli.measuring.printing import Ended, document, print_figures
from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count, print_problems
from tactful_gateway.cli.simulation.outputs import writing
from tactful_gateway.measuring.bench import Bench, Watch, measure
from tactful_gateway.measuring.figures import Figures, Tell
from tactful_gateway.measuring.running import BenchError
from tactful_gateway.settings import MEMORY, PREFIX, GatewaySettings, SettingsError
from tactful_gateway.survey import check_survey, check_texts

STDOUT = "-"
MOST_CONNECTIONS = 512
"""More of them than this would be stopped by the usual limit of 1,024 open files, and not by a gateway."""
FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="The survey folder; without one, that of `tactful init`.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--db", help="The database on whose disk it is measured; it is not touched.", show_default="as for serve"
    ),
]
ConnectionsOption = Annotated[
    int, typer.Option(min=1, max=MOST_CONNECTIONS, help="How many callers wait at the same time.")
]
SecondsOption = Annotated[float, typer.Option(min=0.1, max=60, help="How long each part is measured.")]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write one JSON document, too; - prints it instead.", allow_dash=True),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    folder: FolderArgument = None,
    db: DatabaseOption = None,
    connections: ConnectionsOption = 64,
    seconds: SecondsOption = 5,
    json_file: JsonOption = None,
) -> None:
    """Measure what this machine carries with your rules, and how long callers wait for it.

    A decision alone, the disk, and a gateway over a scratch database on that disk, driven from here over HTTP. Your
    database is not touched, no sink gets anything, nothing is sent, and no variable of the folder is needed.

    Exit code 0 when it was measured, 1 when the folder has problems or it can't be measured.
    """
    aside, figures = make_console(stderr=True), Figures()
    if json_file is not None and not json_file.parent.is_dir():
        raise typer.BadParameter(f"--json {json_file}: there is no folder {json_file.parent}; make it first")
    wanted = _read(aside, folder, _place(db), connections, seconds)
    ended = _measure(aside, wanted, figures)
    said = document(wanted, figures, ended)
    if json_file == Path(STDOUT):
        print_json(said)
    else:
        print_figures(make_console(), wanted, figures)
    if json_file is not None and json_file != Path(STDOUT):
        with writing(json_file):
            json_file.write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if ended is not None:
        _fail(aside, ended.why, code=ended.code)


def _measure(aside: Console, wanted: Bench, figures: Figures) -> Ended | None:
    """Fill in the figures, and say why they are not whole where they are not."""
    try:
        with _watching(aside) as watch:
            measure(wanted, figures, watch)
    except KeyboardInterrupt:
        return Ended("interrupted: what is missing was not measured", 130)
    except BenchError as error:
        return Ended(str(error), 1)
    except OSError as error:
        return Ended(f"{wanted.place}: {error.strerror or error}", 1)
    return None


def _place(db: str | None) -> Path:
    """Give the folder on whose disk a gateway would keep its database, or else the nearest that is there."""
    settings = GatewaySettings(db=db or os.environ.get(f"{PREFIX}DB") or GatewaySettings().db)
    if settings.on_postgres or settings.db == MEMORY:
        what = (
            "memory: has no disk" if settings.db == MEMORY else "a bench writes, and PostgreSQL has no scratch database"
        )
        raise typer.BadParameter(f"{what}; measure this machine with --db sqlite:///PATH")
    try:
        path = settings.database()
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error
    assert path is not None
    return next(place for place in path.absolute().parents if place.is_dir())


def _read(aside: Console, folder: Path | None, place: Path, connections: int, seconds: float) -> Bench:
    now = time.time_ns() // 1_000_000
    loaded = check_texts(read_starter(), now) if folder is None else check_survey(folder, now)
    if loaded.folder is None or loaded.errors:
        shown = folder or Path()
        print_problems(aside, shown, loaded.errors)
        _fail(aside, f"{count(len(loaded.errors), 'problem')} in {shown}")
    return Bench(loaded.folder, loaded.files, place, connections, seconds)


@contextmanager
def _watching(aside: Console) -> Iterator[Watch]:
    """Give what begins a progress bar for each part, on a terminal."""
    with Progress(console=aside, transient=True, disable=not aside.is_terminal, refresh_per_second=4) as progress:

        def watch(part: str) -> Tell:
            task = progress.add_task(part, total=1)
            return lambda share: progress.update(task, completed=share)

        yield watch


def _fail(aside: Console, message: str, *, code: int = 1) -> NoReturn:
    aside.print(message, style="bold red")
    raise typer.Exit(code)
