"""`tactful move`: everything from a SQLite file into PostgreSQL, compared at the end; once killed, it goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from msgspec.structs import asdict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count
from tactful_gateway.http.credentials.secret import SecretError, find_secret
from tactful_gateway.logs import configure_logs
from tactful_gateway.moving.run import Move, Moved, Watch
from tactful_gateway.moving.source import Source
from tactful_gateway.moving.table import MoveError
from tactful_gateway.settings import SQLITE, GatewaySettings, SettingsError, read_settings
from tactful_gateway.storage import require_postgres
from tactful_gateway.store.base import StoreUnavailableError

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="sqlite:///PATH", show_default=False)]
TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="postgresql://USER@HOST/DATABASE; the password is best in PGPASSWORD or ~/.pgpass.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("move")(move)


def move(
    source: SourceArgument,
    target: TargetArgument,
    anew: Annotated[
        bool, typer.Option("--anew", help="Drop what an unfinished move brought there, and begin again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Move everything from a SQLite file into an empty PostgreSQL database, with the gateway stopped.

    Persons, invitations, the journal with its numbers, the sinks' places in it, keys, versions, and the secret that
    links are signed with. Stopped or killed, the same again goes on where it was. At the end both are compared.

    Exit code 0 when everything is there (also when it had been before), 1 when it can't be moved.
    """
    aside = make_console(stderr=True)
    configure_logs("warning")
    try:
        file, database = _ends(source, target)
        with _watching(aside) as watch:
            moved = asyncio.run(_move(file, database, watch, anew=anew))
    except (MoveError, SettingsError, SecretError) as error:
        _fail(aside, str(error))
    except StoreUnavailableError as error:
        _fail(aside, f"{error}. Nothing is lost: run the same again to go on")
    if as_json:
        print_json({"moved": moved is not None, "tables": [asdict(table) for table in moved or ()]})
    else:
        _print(aside, moved, database)


def _ends(source: str, target: str) -> tuple[GatewaySettings, GatewaySettings]:
    file, database = read_settings(os.environ, db=source), GatewaySettings(db=target)
    if not file.db.startswith(SQLITE) or len(file.db) == len(SQLITE):
        raise typer.BadParameter("SOURCE is a file: sqlite:///PATH")
    if not database.on_postgres:
        raise typer.BadParameter("TARGET is PostgreSQL's: postgresql://USER@HOST/DATABASE")
    return file, database


async def _move(
    file: GatewaySettings, database: GatewaySettings, watch: Watch, *, anew: bool
) -> Sequence[Moved] | None:
    path = file.database()
    assert path is not None
    require_postgres()
    async with AsyncExitStack() as stack:
        source = await Source.open(path)
        stack.push_async_callback(source.close)
        known_by, secret = _secret(path, file.token_secret())
        target = await import_module("tactful_gateway.moving.target").Target.open(database.db)
        stack.push_async_callback(target.close)
        moved = await Move(source, target, watch).run(known_by, secret, anew=anew)
        await source.leave(database.shown_db)
        return moved


def _secret(path: Path, given: bytes | None) -> tuple[bytes, bytes | None]:
    """Give the hash of the file's token secret, and the secret itself where a gateway would keep it."""
    secret = given or find_secret(path)
    if secret is None:
        raise SecretError(f"no secret lies beside {path}: set TACTFUL_SECRET, as for its gateway, which signs with it")
    return sha256(secret).digest(), None if given else secret


@contextmanager
def _watching(aside: Console) -> Iterator[Watch]:
    """Give what moves a progress bar, on a terminal."""
    if not aside.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, transient=True) as progress:
        task = progress.add_task("Opening", total=None)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total)


def _print(aside: Console, moved: Sequence[Moved] | None, database: GatewaySettings) -> None:
    if moved is None:
        make_console().print(f"All of it was moved to {database.shown_db} before.", style="bold green")
        return
    table = Table("table", "rows", "the same at both ends", box=None, pad_edge=False)
    for one in moved:
        table.add_row(one.table, f"{one.rows:,}", one.digest)
    console = make_console(wide=True)
    console.print(table)
    console.print(f"{count(sum(one.rows for one in moved), 'row')} moved to {database.shown_db}", style="bold green")
    aside.print("Start the gateway with that --db now. The file stays as it is; a gateway does not start on it again.")


def _fail(aside: Console, message: str) -> NoReturn:
    aside.print(message, style="bold red")
    raise typer.Exit(1)
