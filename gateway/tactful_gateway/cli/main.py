"""The `tactful` command: adds every command to one app, and nothing else."""

from __future__ import annotations

import sys
from importlib.metadata import version as distribution_version
from typing import Annotated

import typer

from tactful_gateway.cli import check, demo, explain, init, keys, schema, serve, simulate

COMMANDS = (
    init,
    check,
    explain,
    simulate,
    serve,
    demo,
    keys,
    schema,
)
"""Each has a `register(app)`; the order is that of `tactful --help`."""

app = typer.Typer(
    name="tactful",
    help="Ask the right person the right question at the right moment, and never more often than is polite.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    command.register(app)


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
