"""`tactful person`: everything that a running gateway keeps of a person, to see or to erase."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec
import typer
from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.publishing.asking import fail
from tactful_gateway.cli.remote.client import Remote, RemoteError
from tactful_gateway.cli.remote.options import GatewayOption, KeyOption, read_key
from tactful_gateway.disk.new_file import new_file
from tactful_gateway.keeping.model import ErasureReceipt
from tactful_gateway.terminal import show_hidden_in_json

PATIENCE = 600.0
"""Seconds: whoever shared one id among many has much of it."""
WHERE_GOES = {"dead_letters": "dead letters", "wake_ups": "wake-ups"}

PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id, or one that was joined to it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    person = typer.Typer(help="Everything that a running gateway keeps of a person.", no_args_is_help=True)
    person.command("export")(export)
    person.command("erase")(erase)
    app.add_typer(person, name="person")


def export(
    person: PersonArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to this new file, which only you can read.")
    ] = None,
) -> None:
    """Print everything kept of a person as one JSON document: addresses and answers included."""
    remote = Remote(gateway, read_key(key))
    try:
        if out is None:
            for text in _texts(remote, person):
                print(text, end="")
            print()
            return
        _write(out, _texts(remote, person))
    except RemoteError as error:
        fail(str(error))
    make_console().print(f"Wrote everything kept of {person} to {out}.", style="bold green")


def erase(
    person: PersonArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    keep_opt_outs: Annotated[
        bool, typer.Option("--keep-opt-outs", help="Go on leaving the person alone; ids and wishes are kept for it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the gateway's receipt instead.")] = False,
) -> None:
    """Erase everything kept of a person, under all ids, and tell the sinks. It can't be undone."""
    remote = Remote(gateway, read_key(key))
    console = make_console(stderr=as_json)
    if not yes:
        console.print(f"Everything kept of {person} at {gateway} goes, under all of its ids. It can't be undone.")
        typer.confirm("Erase it?", abort=True, err=as_json)
    try:
        receipt = remote.call(
            ErasureReceipt,
            "DELETE",
            _path(person),
            query={"keep_opt_outs": "1"} if keep_opt_outs else None,
            timeout=PATIENCE,
        )
    except RemoteError as error:
        fail(f"{error}. It may be erased in part: run it again")
    if as_json:
        print_json(msgspec.to_builtins(receipt))
    else:
        _print_receipt(console, receipt)


def _print_receipt(console: Console, receipt: ErasureReceipt) -> None:
    table = Table.grid(padding=(0, 2))
    for kind, number in asdict(receipt.erased).items():
        table.add_row(WHERE_GOES.get(kind, kind), str(number))
    console.print(table)
    if receipt.kept_opt_outs:
        console.print(f"opt-outs kept: {receipt.kept_opt_outs}")
    console.print(f"Erased. Receipt {receipt.id} of {receipt.at}.", style="bold green")


def _texts(remote: Remote, person: str) -> Iterator[str]:
    """Yield a document as it arrives, in pieces that end where characters do."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for part in remote.parts("GET", _path(person), timeout=PATIENCE):
        yield show_hidden_in_json(decoder.decode(part))


def _write(out: Path, texts: Iterator[str]) -> None:
    try:
        with new_file(out) as draft, draft.open("wb") as file:
            for text in texts:
                file.write(text.encode())
    except FileExistsError:
        fail(f"{out} is there already")
    except OSError as error:
        fail(f"{out} can't be written: {error.strerror or error}")


def _path(person: str) -> str:
    return f"/v1/persons/{quote(person, safe='')}"
