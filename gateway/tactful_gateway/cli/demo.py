"""`tactful demo`: the café and its gateway in one process; its keys live only as long as it runs."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn

import typer
import uvicorn
from msgspec import Struct
from rich.panel import Panel
from rich.table import Column, Table

from tactful_gateway.activation import NotReadyError, Prepared, prepare
from tactful_gateway.app import Gateway
from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import print_problems
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, KeyKind, make_key
from tactful_gateway.http.credentials.secret import SecretError
from tactful_gateway.logs import configure_logs
from tactful_gateway.serving.server import PortError, QuietServer, event_loop, listen, run
from tactful_gateway.settings import GatewaySettings, SettingsError
from tactful_gateway.storage import open_store
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.records import KeyRecord

HOST = "127.0.0.1"
GRACE = 2
"""Seconds that the shop's requests under way get when it closes."""
_HERE = Path(__file__).resolve()
_PLACES = (_HERE.parents[1] / "_cafe", _HERE.parents[3] / "examples" / "cafe")
"""An installed wheel has the café inside the package, a checkout beside it."""


class Place(Struct, frozen=True, kw_only=True):
    """Where this demo stands: its folders and its two sockets."""

    cafe: Path
    survey: Path
    data: Path
    shop: socket.socket
    gateway: socket.socket

    @property
    def shop_url(self) -> str:
        """Where the shop is."""
        return f"http://{HOST}:{self.shop.getsockname()[1]}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway is."""
        return f"http://{HOST}:{self.gateway.getsockname()[1]}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    port: Annotated[int, typer.Option(help="The shop's port; the gateway takes the next. 0: free ones.")] = 8000,
    data: Annotated[Path, typer.Option(help="Where answers and the database are kept.")] = Path(".demo"),
    survey: Annotated[Path | None, typer.Option(help="Another survey folder than the café's own.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
) -> None:
    """Open a small café that asks its guests; Ctrl-C closes it."""
    configure_logs("warning")
    cafe = next(place for place in _PLACES if place.is_dir())
    folder = survey or cafe
    environ = os.environ | {"CAFE_DATA": str(data)}
    try:
        data.mkdir(parents=True, exist_ok=True)
        prepared = prepare(folder, environ, SystemClock())
        shop_socket = listen(HOST, port)
        with shop_socket, listen(HOST, port and port + 1) as gateway_socket:
            place = Place(cafe=cafe, survey=folder, data=data, shop=shop_socket, gateway=gateway_socket)
            with asyncio.Runner(loop_factory=event_loop) as runner:
                runner.run(_run(place, prepared, environ, open_page=open_page))
    except NotReadyError as error:
        print_problems(make_console(stderr=True), folder, error.problems)
        _fail(str(error))
    except PortError as error:
        _fail(f"{error}; choose another: `make demo PORT=9000`, or `tactful demo --port 9000` (0 takes free ones)")
    except (OSError, SettingsError, SecretError, StoreUnavailableError) as error:
        _fail(str(error))


async def _run(place: Place, prepared: Prepared, environ: Mapping[str, str], *, open_page: bool) -> None:
    """Run gateway and shop until a signal; what the gateway accepted is on disk before the shop closes too."""
    identity_secret = secrets.token_urlsafe(32)
    settings = GatewaySettings(
        db=f"sqlite:///{place.data / 'tactful.db'}",
        port=place.gateway.getsockname()[1],
        public_url=place.gateway_url,
        identity_secrets=identity_secret,
    )
    origins = (place.shop_url, place.shop_url.replace(HOST, "localhost"))
    page_key, page_record = _key("pk", origins)
    server_key, server_record = _key("sk")
    closing = asyncio.Event()
    module = load_shop(place.cafe)
    app = module.create_app(
        module.Shop(
            gateway=place.gateway_url,
            page_key=page_key,
            server_key=server_key,
            identity_secret=identity_secret,
            answers=place.data / "answers.jsonl",
            closing=closing,
        )
    )
    store, secret = await open_store(settings)
    own_keys = (page_record, server_record)
    async with Gateway(place.survey, prepared, settings, store, secret, own_keys=own_keys, environ=environ) as gateway:
        shop = QuietServer(
            uvicorn.Config(app, ws="none", access_log=False, log_config=None, timeout_graceful_shutdown=2)
        )
        serving = asyncio.create_task(shop.serve(sockets=[place.shop]))
        _greet(place)
        if open_page:
            await asyncio.to_thread(webbrowser.open, place.shop_url)
        await run(gateway, place.gateway)
        closing.set()
        shop.should_exit = True
        await serving


def load_shop(cafe: Path) -> ModuleType:
    """Import the shop's app from the café's folder, which is on no import path."""
    name = "tactful_cafe_shop"
    spec = importlib.util.spec_from_file_location(
        name, cafe / "shop" / "__init__.py", submodule_search_locations=[str(cafe / "shop")]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return package


def _key(kind: KeyKind, origins: tuple[str, ...] = ()) -> tuple[str, KeyRecord]:
    return make_key(kind, SystemClock().now(), os.urandom(KEY_BYTES + 10), name="demo", origins=origins)


def _greet(place: Place) -> None:
    """Say where to go; in a frame on a terminal, as `name: value` lines for a log."""
    console = make_console()
    title = "The Quiet Cup is open"
    facts = {
        "Open this": place.shop_url,
        "Answers": str(place.data / "answers.jsonl"),
        "Rules": f"{place.survey} (change a file: it is in force at once)",
        "Gateway": place.gateway_url,
    }
    if console.is_terminal:
        grid = Table.grid(Column(), Column(overflow="fold"), padding=(0, 2))
        for name, value in facts.items():
            grid.add_row(name, value, style="bold" if value == place.shop_url else None)
        console.print(Panel(grid, title=title, subtitle="Ctrl-C closes it", expand=False, padding=(1, 2)))
    else:
        for line in (title, *(f"{name}: {value}" for name, value in facts.items())):
            console.print(line)
    sys.stdout.flush()


def _fail(message: str) -> NoReturn:
    make_console(stderr=True).print(f"error: {message}")
    raise typer.Exit(1)
