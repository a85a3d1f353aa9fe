"""`tactful ruleset`: the versions that went live at a running gateway, and the way back to one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from msgspec import Struct
from rich.table import Table

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import print_problems
from tactful_gateway.cli.publishing.asking import (
    DryRunOption,
    ExpectOption,
    JsonOption,
    MessageOption,
    PublishOptions,
    Shown,
    change,
    fail,
)
from tactful_gateway.cli.publishing.printing import print_receipt
from tactful_gateway.cli.remote.client import Remote, RemoteError
from tactful_gateway.cli.remote.options import GatewayOption, KeyOption, read_key
from tactful_gateway.http.versions import Version, VersionFiles, Versions
from tactful_gateway.survey.paths import check_paths

T = TypeVar("T", bound=Struct)
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The version's number.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    ruleset = typer.Typer(help="The versions that went live at a running gateway.", no_args_is_help=True)
    ruleset.command("list")(list_versions)
    ruleset.command("show")(show)
    ruleset.command("rollback")(rollback)
    app.add_typer(ruleset, name="ruleset")


def list_versions(
    gateway: GatewayOption,
    key: KeyOption = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20,
    before: Annotated[int | None, typer.Option(metavar="NUMBER", min=0, help="Only those before this one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the versions that went live, newest first."""
    page = {"limit": str(limit)} | ({} if before is None else {"before": str(before)})
    found = _get(Remote(gateway, read_key(key)), Versions, "/v1/ruleset/versions", page)
    if as_json:
        _print_json(found)
        return
    if not found.versions:
        earlier = "" if before is None else f" before {before}"
        make_console().print(f"No version went live{earlier} at {gateway}.")
        return
    table = Table("version", "at (UTC)", "by", "how", "message", "ruleset", box=None, pad_edge=False)
    for version in found.versions:
        how = version.origin.replace("_", " ") + ("" if version.of is None else f" ({version.of})")
        table.add_row(
            str(version.number), version.at[:16].replace("T", " "), _who(version), how, version.message, version.ruleset
        )
    make_console(wide=True).print(table)


def show(
    number: NumberArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the files to this new folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a version's files, or write them to a folder."""
    found = _get(Remote(gateway, read_key(key)), VersionFiles, f"/v1/ruleset/versions/{number}")
    if out is not None:
        _write(found, out)
    elif as_json:
        _print_json(found)
    else:
        console = make_console()
        console.print(f"Version {found.number}, {found.at}, by {_who(found)}: {found.message}", style="bold")
        for name, text in found.files.items():
            console.print(f"# {name}", style="bold")
            console.print(text)


def rollback(
    number: NumberArgument,
    gateway: GatewayOption,
    key: KeyOption = None,
    message: MessageOption = "",
    dry_run: DryRunOption = False,
    expect: ExpectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish an earlier version again, as a new one; it is checked again, for the environment may have changed."""
    remote, options = Remote(gateway, read_key(key)), PublishOptions(message, dry_run, expect)
    shown = Shown(Path(f"version {number}"), {}, as_json)
    receipt = change(remote, "POST", f"/v1/ruleset/versions/{number}/rollback", {}, options, shown=shown)
    if as_json:
        _print_json(receipt)
        return
    print_problems(make_console(), shown.folder, shown.placed(receipt.check.problems))
    print_receipt(make_console(), receipt, gateway, dry_run=dry_run)


def _get(remote: Remote, kind: type[T], path: str, query: dict[str, str] | None = None) -> T:
    try:
        return remote.call(kind, "GET", path, query=query)
    except RemoteError as error:
        fail(str(error))


def _write(version: VersionFiles, out: Path) -> None:
    # A gateway's word is no reason to write outside of the folder.
    problems = check_paths(version.files)
    if problems:
        print_problems(make_console(), Path(f"version {version.number}"), problems)
        fail("nothing was written")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        fail(f"{out} is there already, and not an empty folder")
    try:
        for name, text in version.files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror}; version {version.number} was not written as a whole")
    make_console().print(f"Wrote version {version.number} to {out}.", style="bold green")


def _who(version: Version) -> str:
    return version.name or version.by or version.origin


def _print_json(document: Struct) -> None:
    print_json(msgspec.to_builtins(document))
