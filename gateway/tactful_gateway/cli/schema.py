"""`tactful schema`: the JSON Schema of the language, so that editors complete keys, and the ids of a folder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from tactful_gateway.cli.output.problems import make_console, print_problems
from tactful_gateway.survey import read_survey
from tactful_rules.source import json_schema


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Complete its ids, too.")] = None,
) -> None:
    """Print the JSON Schema of survey folders for editors.

    A folder with problems gives the schema without its ids, the problems on stderr and exit code 1.
    """
    if folder is None:
        print(json.dumps(json_schema(None), ensure_ascii=False, indent=2))
        return
    loaded = read_survey(folder, now=time.time_ns() // 1_000_000)
    print_problems(make_console(stderr=True), folder, loaded.errors)
    print(json.dumps(json_schema(loaded.folder), ensure_ascii=False, indent=2))
    if loaded.folder is None:
        raise typer.Exit(1)
