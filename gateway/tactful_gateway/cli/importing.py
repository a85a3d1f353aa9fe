"""`tactful import`: a file of responses from elsewhere, to a gateway or into a database; run again, it goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count
from tactful_gateway.cli.output.renames import read_renames
from tactful_gateway.cli.remote.client import Remote, RemoteError
from tactful_gateway.cli.remote.feedback import FeedbackPost
from tactful_gateway.importing.database import DatabasePost
from tactful_gateway.importing.file import File, Row, open_file
from tactful_gateway.importing.mixed import mixed_columns
from tactful_gateway.importing.rejects import Rejects, RejectsError, rejects_path
from tactful_gateway.importing.rows import Columns
from tactful_gateway.importing.run import Import, Outcome
from tactful_gateway.importing.run import Progress as Dealt
from tactful_gateway.importing.sending import GivenUpError, Post, Sender
from tactful_gateway.logs import configure_logs
from tactful_gateway.settings import SettingsError, read_settings
from tactful_gateway.simulator.traffic.rows import TrafficError
from tactful_gateway.store.base import StoreUnavailableError
from tactful_rules.source import listing, suggest, suggest_timezone
from tactful_rules.tact import find_zone

SHOWN = 20
"""Refused rows that are printed; all of them are kept."""
KEY = "TACTFUL_KEY"

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, JSON Lines or Parquet.", exists=True, dir_okay=False)
]
ServerKeyOption = Annotated[
    str | None,
    typer.Option("--key", help="An sk_ key; others on this machine may see it.", envvar=KEY, show_envvar=True),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=NAME,...", help="What columns are called here; - leaves one out."),
]
TextOption = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="COLUMN,...", help="Columns of CSV that are texts, whatever stands there."),
]
GatewayOption = Annotated[
    str | None, typer.Option("--gateway", metavar="URL", envvar="TACTFUL_GATEWAY", help="The running gateway.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--db", help="Or a database: sqlite:///PATH, with its gateway stopped, or postgresql://..."),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where refused rows go.", show_default="beside FILE", dir_okay=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_file)


def import_file(
    file: FileArgument,
    gateway: GatewayOption = None,
    db: DatabaseOption = None,
    key: ServerKeyOption = None,
    source: Annotated[str | None, typer.Option(help="Where rows that don't say so come from.")] = None,
    touchpoint: Annotated[str | None, typer.Option(help="The touchpoint of rows that name none.")] = None,
    questionnaire: Annotated[str | None, typer.Option(help="The questionnaire of rows that name none.")] = None,
    renames: MapOption = None,
    texts: TextOption = None,
    timezone: Annotated[str, typer.Option(help="The zone of times without an offset.")] = "UTC",
    rejects: RejectsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Take in a file of responses collected elsewhere, each row once, however often it is sent.

    It goes to a running gateway, or with --db straight into a database: into a file only while no gateway runs on it.

    Columns are source, id, touchpoint, person, at, questionnaire, event_id, channel, locale; params.*, person.*,
    scores.nps|csat|ces; every other one is an answer.

    Exit code 0 when all rows are taken, 1 when some are refused (they are kept) or it can't be done.
    """
    constant = {"source": source, "touchpoint": touchpoint, "questionnaire": questionnaire}
    columns = Columns(
        constant={name: value for name, value in constant.items() if value is not None},
        renames=read_renames(renames or []),
        texts=frozenset(name.strip() for name in ",".join(texts or []).split(",")),
        zone=_zone(timezone),
    )
    aside = make_console(stderr=True)
    try:
        with ExitStack() as stack:
            with _before_anything_is_sent(aside):
                post = stack.enter_context(_post(gateway, db, key, dry_run=dry_run))
                opened = stack.enter_context(open_file(file))
                _check_columns(opened, columns)
                _warn_of_mixed(aside, file, opened, columns)
                kept = Rejects(rejects or rejects_path(file, typed=opened.typed), opened, keep=not dry_run)
            outcome = _send(aside, file, opened, columns, kept, Sender(post, partial(_tell_wait, aside)))
    except TrafficError as error:
        _fail(aside, f"{file}: {error}")
    except (RejectsError, RemoteError, SettingsError, StoreUnavailableError) as error:
        _fail(aside, str(error))
    if as_json:
        print_json({**_counts(outcome), "rejects": str(kept.path) if kept.count and not dry_run else None})
    else:
        _print(aside, outcome, kept, dry_run=dry_run)
    if outcome.counts["rejected"]:
        raise typer.Exit(1)


def _post(gateway: str | None, db: str | None, key: str | None, *, dry_run: bool) -> AbstractContextManager[Post]:
    """Give what takes in batches; a database that is named counts, though the environment may name a gateway."""
    if db is not None:
        configure_logs("warning")
        return DatabasePost(read_settings(os.environ, db=db), dry_run=dry_run)
    if gateway is None:
        raise typer.BadParameter("where to? --gateway URL (TACTFUL_GATEWAY) or --db sqlite:///PATH|postgresql://...")
    if not key:
        raise typer.BadParameter(f"a gateway wants an sk_ key: set {KEY}, or give --key")
    return FeedbackPost(Remote(gateway, key), dry_run=dry_run)


@contextmanager
def _before_anything_is_sent(aside: Console) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _fail(aside, "interrupted before a row was sent: run the same again to import the file", code=130)


def _send(aside: Console, file: Path, opened: File, columns: Columns, kept: Rejects, sender: Sender) -> Outcome:
    """Send all rows; where that ends in the middle, say how far it came, and how it goes on."""
    outcome = Outcome()
    try:
        with kept:
            if kept.left_over:
                told = f"an import into {kept.path.name} did not end; what it left, {kept.partial}, is begun anew"
                aside.print(told, style="yellow")
            _run(aside, file, opened, columns, kept, sender, outcome)
            return outcome
    except (GivenUpError, RemoteError, StoreUnavailableError) as error:
        _fail(aside, f"{error}; {_so_far(outcome, kept)}")
    except KeyboardInterrupt:
        _fail(aside, f"interrupted; {_so_far(outcome, kept)}", code=130)


def _tell_wait(aside: Console, why: str | None, seconds: float) -> None:
    if why is None:
        aside.print("it answers again; the import goes on", style="yellow")
        return
    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    aside.print(f"{why}; trying again until {until:%H:%M:%S}", style="yellow")


def _so_far(outcome: Outcome, kept: Rejects) -> str:
    told = _told(outcome, dry_run=not kept.keep)
    go_on = f"so far {told}; run the same again to go on"
    return go_on if kept.so_far is None else f"{go_on}. It begins {kept.so_far}, where the refused ones are, anew"


def _run(
    aside: Console, file: Path, opened: File, columns: Columns, kept: Rejects, sender: Sender, outcome: Outcome
) -> None:
    def refuse(row: Row, why: str) -> None:
        kept.add(row, why)
        if kept.count <= SHOWN:
            aside.print(f"{file}:{row.line}: {why}")

    with _watching(aside, file, opened) as dealt:
        Import(sender, columns, refuse, dealt, outcome, typed=opened.typed).run(opened.rows)


@contextmanager
def _watching(aside: Console, file: Path, opened: File) -> Iterator[Dealt]:
    """Give what moves a progress bar, on a terminal, to the line up to which all rows are dealt with."""
    if not aside.is_terminal:
        yield lambda line: None
        return
    with Progress(console=aside, transient=True) as progress:
        task = progress.add_task(f"Importing {file.name}", total=opened.lines(file))
        yield lambda line: progress.update(task, completed=line)


def _check_columns(opened: File, columns: Columns) -> None:
    if opened.columns is None:
        return
    unknown = sorted(columns.named() - set(opened.columns))
    if unknown:
        hint = suggest(unknown[0], opened.columns) if len(unknown) == 1 else f"it has {listing(opened.columns)}"
        raise typer.BadParameter(f"the file has no column {', '.join(unknown)}: {hint}")
    missing = columns.missing(opened.columns)
    if missing:
        name = missing[0]
        option = f" or say it with --{name}" if name in ("source", "touchpoint") else ""
        renamed = f"rename one with --map COLUMN={name}{option}"
        raise typer.BadParameter(f"the file has no column `{name}`: {renamed}; it has {listing(opened.columns)}")


def _warn_of_mixed(aside: Console, file: Path, opened: File, columns: Columns) -> None:
    """Tell of columns whose answers are of several kinds, where no questionnaire says which; a pipe can't be reread."""
    if opened.typed or opened.columns is None or not file.is_file() or columns.tells("questionnaire", opened.columns):
        return
    with open_file(file) as again:
        mixed = mixed_columns(opened.columns, again.rows, columns)
    for name, (one, other) in mixed.items():
        holds = f"holds {one.kind} (line {one.line}) and {other.kind} (line {other.line})"
        hint = f"and each is taken as it reads: with --text {quote(name)} all are texts"
        aside.print(f"column `{name}` {holds}, {hint}", style="yellow")


def _counts(outcome: Outcome) -> dict[str, int]:
    return {status: outcome.counts[status] for status in ("accepted", "duplicate", "rejected")}


def _print(aside: Console, outcome: Outcome, kept: Rejects, *, dry_run: bool) -> None:
    counts = outcome.counts
    if kept.count > SHOWN:
        aside.print(f"... and {count(kept.count - SHOWN, 'more refused row')}")
    for param, rows in sorted(outcome.rejected_params.items()):
        aside.print(f"{count(rows, 'row')} without the param {param}, which breaks its schema there", style="yellow")
    for name, rows in sorted(outcome.unchecked.items()):
        told = (
            f"no questionnaire `{name}` in the survey folder there: the answers of {count(rows, 'row')} are not checked"
        )
        aside.print(told, style="yellow")
    where = f": see {kept.path}" if kept.count and not dry_run else ""
    if kept.left:
        aside.print(f"{kept.left[-1]} was there before and stays as it is", style="yellow")
    told = _told(outcome, dry_run=dry_run)
    make_console().print(told + where, style="bold red" if counts["rejected"] else "bold green")


def _told(outcome: Outcome, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    taken, known, refused = _counts(outcome).values()
    return f"{taken} {would}taken, {known} known already, {refused} {would}refused"


def _zone(name: str) -> ZoneInfo:
    zone = find_zone(name)
    if zone is None:
        raise typer.BadParameter(f'--timezone "{name}" is no time zone: {suggest_timezone(name)}')
    return zone


def _fail(aside: Console, message: str, *, code: int = 1) -> NoReturn:
    aside.print(message, style="bold red")
    raise typer.Exit(code)
