"""`tactful keys`: makes, lists and revokes API keys; works beside a running gateway, which notices within seconds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from msgspec.structs import replace
from rich.table import Table

from tactful_gateway.cli.output.console import make_console
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.settings import SettingsError, read_settings
from tactful_gateway.storage import open_beside
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import KeyRecord
from tactful_rules.model.ids import Instant, to_datetime

T = TypeVar("T")
Option = typer.Option
Database = Annotated[
    str | None, Option("--db", help="sqlite:///PATH (TACTFUL_DB)", show_default="sqlite:///tactful.db")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


class Kind(StrEnum):
    """What a key may do."""

    sk = "sk"
    pk = "pk"
    ak = "ak"


def create(
    kind: Annotated[Kind, Option(help="sk: a server. pk: pages of the given origins. ak: administration.")],
    name: Annotated[str, Option(help="What it is for, so that you know it again.")] = "",
    origin: Annotated[
        list[str] | None, Option(help="For pk: an origin such as https://shop.example; repeatable.")
    ] = None,
    db: Database = None,
) -> None:
    """Make a key and print it once; only its hash is kept."""
    try:
        text, record = make_key(
            kind.value, SystemClock().now(), os.urandom(KEY_BYTES + 10), name=name, origins=origin or []
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _with_store(db, lambda store: store.save_key(record))
    _err(f"Made {record.id}. This is the only time the key is shown:")
    typer.echo(text)


def list_keys(db: Database = None) -> None:
    """Show all keys: what they are for, never what they are."""
    table = Table("id", "kind", "key", "name", "origins", "created", "revoked", box=None, pad_edge=False)
    for key in _with_store(db, lambda store: store.keys()):
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


def _with_store(db: str | None, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run(path: Path) -> T:
        store = await open_beside(path)
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(run(_database(db)))
    except (SettingsError, StoreUnavailableError) as error:
        _err(f"error: {error}")
        raise typer.Exit(1) from error


def _database(db: str | None) -> Path:
    path = read_settings(os.environ, db=db).database()
    if path is None:
        raise SettingsError("keys in memory would be gone at once: give --db sqlite:///PATH")
    return path


def _day(at: Instant | None) -> str:
    return "" if at is None else f"{to_datetime(at):%Y-%m-%d %H:%M}"


def _err(text: str) -> None:
    typer.echo(text, err=True)
