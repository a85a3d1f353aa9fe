"""`tactful keys`: makes, lists and revokes API keys; works beside a running gateway, which notices within seconds."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, get_args

import typer
from msgspec.structs import replace
from rich.table import Table

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import count
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, KeyKind, make_key
from tactful_gateway.logs import configure_logs
from tactful_gateway.settings import GatewaySettings, SettingsError, read_settings
from tactful_gateway.storage import open_for_keys
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import KeyRecord
from tactful_rules.model.ids import Instant, to_datetime

T = TypeVar("T")
KINDS: tuple[KeyKind, ...] = get_args(KeyKind)
Option = typer.Option
Database = Annotated[
    str | None,
    Option("--db", help="sqlite:///PATH or postgresql://... (TACTFUL_DB)", show_default="sqlite:///tactful.db"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


def read_kind(text: str) -> KeyKind:
    """Read what a key may do; typer itself would name its own insides in its message."""
    kind = next((kind for kind in KINDS if kind == text), None)
    if kind is None:
        raise typer.BadParameter(f'"{text}" is none of {", ".join(KINDS)}')
    return kind


def create(
    kind: Annotated[
        KeyKind,
        Option(
            parser=read_kind,
            metavar="|".join(KINDS),
            help="sk: a server. pk: pages of the given origins. ak: administration.",
        ),
    ],
    name: Annotated[str, Option(help="What it is for, so that you know it again.")] = "",
    origin: Annotated[
        list[str] | None, Option(help="For pk: an origin such as https://shop.example; repeatable.")
    ] = None,
    db: Database = None,
) -> None:
    """Make a key and print it once; only its hash is kept."""
    try:
        text, record = make_key(kind, SystemClock().now(), os.urandom(KEY_BYTES + 10), name=name, origins=origin or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _with_store(db, lambda store: store.save_key(record), make=True)
    made = f"Made {record.id} in {_settings(db).shown_db}."
    if sys.stdout.isatty():
        _err(f"{made} This is the only time the key is shown:")
    else:  # `KEY=$(tactful keys create ...)` shows none
        _err(f"{made} The key went to standard output, and is not shown again.")
    typer.echo(text)


def list_keys(db: Database = None) -> None:
    """Show all keys: what they are for, never what they are."""
    keys = _with_store(db, lambda store: store.keys())
    _err(f"{count(len(keys), 'key')} in {_settings(db).shown_db}")
    table = Table("id", "kind", "key", "name", "origins", "created (UTC)", "revoked (UTC)", box=None, pad_edge=False)
    for key in keys:
        table.add_row(
            key.id, key.kind, key.hint, key.name, " ".join(key.origins), _day(key.created_at), _day(key.revoked_at)
        )
    make_console(wide=True).print(table)


def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, from `tactful keys list`.", show_default=False)],
    db: Database = None,
) -> None:
    """Revoke a key; running gateways refuse it within seconds."""

    async def work(store: Store) -> KeyRecord | None:
        found = next((record for record in await store.keys() if record.id == key), None)
        if found is not None and found.revoked_at is None:
            await store.save_key(replace(found, revoked_at=SystemClock().now()))
        return found

    if _with_store(db, work) is None:
        _err(f"error: there is no key {key}")
        raise typer.Exit(1)
    _err(f"Revoked {key}.")


def _with_store(db: str | None, work: Callable[[Store], Awaitable[T]], *, make: bool = False) -> T:
    """Work on the database; where there is none, a new one is made only for a new key."""

    async def run(settings: GatewaySettings) -> T:
        store = await open_for_keys(settings)
        try:
            return await work(store)
        finally:
            await store.close()

    configure_logs("warning")  # stdout is the key's alone
    try:
        return asyncio.run(run(_usable(_settings(db), make=make)))
    except (SettingsError, StoreUnavailableError) as error:
        _err(f"error: {error}")
        raise typer.Exit(1) from error


def _usable(settings: GatewaySettings, *, make: bool) -> GatewaySettings:
    path = settings.database()
    if path is not None and not make and not path.exists():
        raise SettingsError(f"there is no database at {path}: name one with --db sqlite:///PATH or TACTFUL_DB")
    return settings


def _settings(db: str | None) -> GatewaySettings:
    return read_settings(os.environ, db=db)


def _day(at: Instant | None) -> str:
    return "" if at is None else f"{to_datetime(at):%Y-%m-%d %H:%M}"


def _err(text: str) -> None:
    typer.echo(text, err=True)
