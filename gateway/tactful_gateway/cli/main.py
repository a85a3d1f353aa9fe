"""The `tactful` command: names every command, and loads only the one that was asked for.

All of them together take half a second to import, which everybody would wait for who checks a folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version as distribution_version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = (
    *("init", "check", "explain", "simulate", "serve", "publish", "ruleset"),
    *("import", "sinks", "person", "backup", "move", "bench", "demo", "keys", "schema"),
)
"""Each is a module beside this one with a `register(app)`; the order is that of `tactful --help`."""
MODULES = {
    "import": "importing",
    "sinks": "operating.sinks",
    "person": "keeping.person",
    "backup": "database.backup",
    "move": "database.move",
    "bench": "measuring.bench",
}
"""The modules of commands that are not called like them, or stand in a room."""


class Commands(TyperGroup):
    """The commands by name, each loaded when it is first looked at; typer has no public names for their types."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Give all names in the order of the help."""
        for name in COMMANDS:
            self._load(name)
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give one command; for a name that is none, all are loaded, so that a near one can be suggested."""
        if cmd_name in COMMANDS:
            self._load(cmd_name)
        else:
            self.list_commands(ctx)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; one that is interrupted where it has nothing of its own to say is not silent, either."""
        with _told_of("interrupted"):
            return super().invoke(ctx)

    def _load(self, name: str) -> None:
        if name in self.commands:
            return
        one = typer.Typer()
        with _told_of("interrupted before anything was done"):
            import_module(f"tactful_gateway.cli.{MODULES.get(name, name)}").register(one)
            command = get_group(one).commands[name]
        _unwrap(command)
        self.add_command(command)


@contextmanager
def _told_of(interruption: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print(f"tactful: {interruption}", file=sys.stderr)
        raise typer.Exit(130) from None


def _unwrap(command: Any) -> None:
    """Have each paragraph of a command's help broken where the terminal ends, and not where its source does."""
    if command.help is not None:
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in command.help.split("\n\n"))
    for one in getattr(command, "commands", {}).values():
        _unwrap(one)


app = typer.Typer(
    name="tactful",
    cls=Commands,
    help="Ask the right person the right question at the right moment, and never more often than is polite.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    """Print the version and stop, when wanted."""
    if wanted:
        print(f"tactful {distribution_version('tactful')}")
        raise typer.Exit


@app.callback()
def tactful(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Ask the right person the right question at the right moment, and never more often than is polite."""


def run() -> None:
    """Run the command line; what the system refuses is said in one line, without a traceback."""
    try:
        app()
    except OSError as error:
        print(f"tactful: {error}", file=sys.stderr)
        sys.exit(1)
