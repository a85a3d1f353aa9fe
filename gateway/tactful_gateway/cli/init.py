"""`tactful init`: writes a commented survey folder to start from; what is there already is never touched."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import open_folder
from tactful_gateway.cli.output.schema_file import keep_schema

STARTER = "starter"
_FILES = (
    "settings.yaml", "touchpoints.yaml", "rules.yaml", "questionnaires.yaml", "do-not-disturb.yaml", "sinks.yaml",
    "tests.yaml",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder to make.")] = Path("survey"),
) -> None:
    """Write a commented survey folder to start from.

    Exit code 1 when a file of the same name is there: nothing is written then.
    """
    present = [name for name in _FILES if (folder / name).exists()]
    if folder.exists() and not folder.is_dir():
        make_console(stderr=True).print(f"{folder} is a file; name a folder", style="red")
        raise typer.Exit(1)
    if present:
        message = f"{folder} has {', '.join(present)} already; nothing was written. Name another folder."
        make_console(stderr=True).print(message, style="red")
        raise typer.Exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in read_starter().items():
        (folder / name).write_text(text, encoding="utf-8")
    keep_schema(folder, open_folder(folder))
    console = make_console()
    console.print(f"A survey folder to start from is in {folder}.", style="bold green")
    console.print(f"  tactful check {folder}    shows what is wrong with it (nothing, yet)")
    console.print(f"  tactful serve {folder}    decides by it, and collects answers in answers.jsonl beside you")


def read_starter() -> dict[str, str]:
    """Give the starter folder's files by name."""
    source = files("tactful_gateway.cli") / STARTER
    return {name: (source / name).read_text(encoding="utf-8") for name in _FILES}
