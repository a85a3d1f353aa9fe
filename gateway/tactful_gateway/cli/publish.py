"""`tactful publish`: sends a survey folder to a running gateway, which checks it and puts it in force at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tactful_gateway.cli.output.console import make_console, print_json
from tactful_gateway.cli.output.problems import count, print_problems
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
from tactful_gateway.cli.remote.client import Remote
from tactful_gateway.cli.remote.options import GatewayOption, KeyOption, read_key
from tactful_gateway.http.middleware.body import MAX_BATCH
from tactful_rules.source import read_files


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The survey folder.")],
    gateway: GatewayOption,
    key: KeyOption = None,
    message: MessageOption = "",
    dry_run: DryRunOption = False,
    expect: ExpectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a survey folder in force at a running gateway, which checks it first and keeps it as a version.

    The gateway must serve what is published (`tactful serve` without a folder). The same files again change nothing.

    Exit code 0 when it is live, or could be; 1 when it has problems or the gateway refuses: then nothing changed.
    """
    remote = Remote(gateway, read_key(key))
    files, problems = read_files(folder)
    if problems:
        print_problems(make_console(), folder, problems)
        fail(f"{count(len(problems), 'problem')}: nothing was sent")
    size = len(msgspec.json.encode({"files": files, "message": message}))
    if size > MAX_BATCH:
        fail(f"{folder} has {size // 1024} KiB as JSON, and a gateway takes {MAX_BATCH // 1024}: nothing was sent")
    shown = Shown(folder, files, as_json)
    receipt = change(
        remote, "PUT", "/v1/ruleset", {"files": files}, PublishOptions(message, dry_run, expect), shown=shown
    )
    if as_json:
        print_json(msgspec.to_builtins(receipt))
        return
    console = make_console()
    print_problems(console, folder, shown.placed(receipt.check.problems))
    print_receipt(console, receipt, gateway, dry_run=dry_run)
