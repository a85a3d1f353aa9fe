"""`tactful backup`: a copy of the database as it is now, while the gateway runs, with the secret that belongs to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.http.credentials.secret import SecretError, copy_secret
from tactful_gateway.settings import SettingsError, read_settings
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.sqlite_backup import back_up, refuse_to_overwrite

CopyArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; nothing may be there yet.")]
DatabaseOption = Annotated[
    str | None, typer.Option("--db", help="sqlite:///PATH (TACTFUL_DB)", show_default="sqlite:///tactful.db")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)


def backup(copy: CopyArgument, db: DatabaseOption = None) -> None:
    """Copy the database as it is at this moment, beside a running gateway, and check the copy.

    Everything acknowledged before is in it. The secret that links are signed with comes along as FILE.secret.

    Exit code 0 when the copy is there, whole and on disk; 1 when it can't be made.
    """
    aside = make_console(stderr=True)
    try:
        path = _file(db)
        refuse_to_overwrite(copy)  # before a secret comes to lie beside what is there
        with_secret = copy_secret(path, copy)
        with _watching(aside, copy) as watch:
            back_up(path, copy, watch)
    except (SettingsError, SecretError, StoreUnavailableError) as error:
        _fail(aside, str(error))
    beside = ", the secret beside it" if with_secret else "; its secret is not beside the database: keep TACTFUL_SECRET"
    make_console().print(f"{copy}: {copy.stat().st_size:,} bytes{beside}", style="bold green")


def _file(db: str | None) -> Path:
    settings = read_settings(os.environ, db=db)
    if settings.on_postgres:
        raise SettingsError("back PostgreSQL up with its own means, e.g. pg_dump --schema=tactful --format=custom")
    path = settings.database()
    if path is None or not path.exists():
        raise SettingsError(f"there is no database at {settings.db}")
    return path


@contextmanager
def _watching(aside: Console, copy: Path) -> Iterator[Callable[[int, int], None]]:
    """Give what moves a progress bar, on a terminal."""
    if not aside.is_terminal:
        yield lambda done, total: None
        return
    with Progress(console=aside, transient=True) as progress:
        task = progress.add_task(f"Copying to {copy.name}", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _fail(aside: Console, message: str) -> NoReturn:
    aside.print(message, style="bold red")
    raise typer.Exit(1)
