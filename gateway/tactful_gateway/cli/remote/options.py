"""The options of every command that asks a running gateway; a key comes from the environment where others look on."""

from __future__ import annotations

from typing import Annotated

import typer

ADMIN_KEY = "TACTFUL_ADMIN_KEY"
GATEWAY = "TACTFUL_GATEWAY"

KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="An ak_ key; others on this machine may see it.", envvar=ADMIN_KEY, show_envvar=True),
]
GatewayOption = Annotated[
    str,
    typer.Option(
        "--gateway",
        metavar="URL",
        help="The running gateway.",
        envvar=GATEWAY,
        show_envvar=True,
        show_default=False,
    ),
]


def read_key(key: str | None) -> str:
    """Give the key.

    Raises:
        typer.BadParameter: there is none.
    """
    if not key:
        raise typer.BadParameter(f"a gateway wants an ak_ key: set {ADMIN_KEY}, or give --key")
    return key
