"""`tactful schema`: the JSON Schema of the language, so that editors complete keys, and the ids of a folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import print_problems
from tactful_gateway.cli.output.schema_file import MODELINE, SCHEMA_FILE, keep_schema, write_schema
from tactful_gateway.survey import read_survey


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Complete its ids, too.")] = None,
    write: Annotated[bool, typer.Option("--write", help=f"Keep it in DIR/{SCHEMA_FILE} instead.")] = False,
) -> None:
    """Print the JSON Schema of survey folders for editors.

    With --write the folder keeps it, and `tactful check` brings it up to date.

    A folder with problems gives the schema without its ids, the problems on stderr and exit code 1; nothing is
    written then.
    """
    if folder is None:
        if write:
            raise typer.BadParameter("--write needs the folder to write to")
        print(write_schema(None), end="")
        return
    loaded = read_survey(folder, now=time.time_ns() // 1_000_000)
    aside = make_console(stderr=True)
    print_problems(aside, folder, loaded.errors)
    if not write:
        print(write_schema(loaded.folder), end="")
    elif loaded.folder is not None:
        keep_schema(folder, loaded.folder)
        aside.print(f"Wrote {folder / SCHEMA_FILE}. Begin each file of {folder} with this line:")
        print(MODELINE)
    if loaded.folder is None:
        raise typer.Exit(1)
