"""`tactful serve`: runs the gateway over a survey folder, or what was published, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tactful_gateway.activation import NotReadyError, Prepared, prepare, prepare_latest
from tactful_gateway.app import Gateway
from tactful_gateway.cli.output.console import make_console
from tactful_gateway.cli.output.problems import print_problems
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.secret import SecretError
from tactful_gateway.logs import configure_logs
from tactful_gateway.serving.server import PortError, event_loop, listen, run
from tactful_gateway.settings import MEMORY, NO_KEYS_IN_MEMORY, GatewaySettings, SettingsError, read_settings
from tactful_gateway.storage import await_store
from tactful_gateway.store.base import StoreUnavailableError

Option = typer.Option
log: structlog.stdlib.BoundLogger = structlog.get_logger()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The survey folder; without one, the latest published version.")
    ] = None,
    db: Annotated[
        str | None,
        Option(help="sqlite:///PATH, postgresql://... or memory: (TACTFUL_DB)", show_default="sqlite:///tactful.db"),
    ] = None,
    host: Annotated[str | None, Option(help="Address to listen on (TACTFUL_HOST)", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, Option(help="Port; 0 takes a free one (TACTFUL_PORT)", show_default="8000")] = None,
    public_url: Annotated[str | None, Option(help="How the world reaches this gateway (TACTFUL_PUBLIC_URL)")] = None,
    log_level: Annotated[str | None, Option(help="debug, info, warning or error (TACTFUL_LOG_LEVEL)")] = None,
    watch: Annotated[
        bool | None, Option("--watch/--no-watch", help="Reload when a file changes (TACTFUL_WATCH)")
    ] = None,
    keep_responses: Annotated[
        str | None, Option(metavar="SPAN", help="Drop answers after e.g. 400d (TACTFUL_KEEP_RESPONSES)")
    ] = None,
    keep_journal: Annotated[
        str | None, Option(metavar="SPAN", help="Drop events after e.g. 90d (TACTFUL_KEEP_JOURNAL)")
    ] = None,
) -> None:
    """Run the gateway: decide, collect answers, feed the sinks. SIGHUP reloads, SIGTERM drains and stops.

    With a folder its files are what holds, and nothing can be published. Without one, the latest version in the
    database holds, and `tactful publish` makes a newer one; before the first nobody is asked anything.

    Pages that say who is signed in need TACTFUL_IDENTITY_SECRETS: the secret (at least 32 bytes) with which your server
    signs person tokens (tactful.sign_person); during rotation several, newest first, separated by commas.

    Keys for servers and pages come from `tactful keys create`.
    """
    try:
        settings = read_settings(
            os.environ,
            db=db,
            host=host,
            port=port,
            public_url=public_url,
            log_level=log_level,
            watch=watch,
            keep_responses=keep_responses,
            keep_journal=keep_journal,
        )
        configure_logs(settings.log_level)
        prepared = None if folder is None else prepare(folder, os.environ, SystemClock())
        with listen(settings.host, settings.port) as listening, asyncio.Runner(loop_factory=event_loop) as runner:
            runner.run(_serve(folder, prepared, settings, listening))
    except NotReadyError as error:
        print_problems(make_console(stderr=True), folder or Path(), error.problems)
        _fail(str(error) if folder else f"{error}. To serve a repaired folder instead: tactful serve FOLDER")
    except PortError as error:
        _fail(f"{error}; choose another with --port or --host")
    except (SettingsError, SecretError, StoreUnavailableError, ValueError) as error:
        _fail(str(error))


async def _serve(
    folder: Path | None, prepared: Prepared | None, settings: GatewaySettings, listening: socket.socket
) -> None:
    store, secret = await await_store(settings, SystemClock())
    local = not settings.public_url
    settings = settings.reachable_at(*listening.getsockname()[:2])
    try:
        prepared = prepared or await prepare_latest(store, os.environ, SystemClock())
    except BaseException:
        await store.close()
        raise
    async with Gateway(folder, prepared, settings, store, secret) as gateway:
        gateway.services.url_is_guessed = local
        await run(gateway, listening, partial(_announce, gateway, settings, listening))
    log.info("stopped", pid=os.getpid())


def _announce(gateway: Gateway, settings: GatewaySettings, listening: socket.socket) -> None:
    """Say what runs where: in the log for whoever collects it, and as a table to somebody who watches."""
    prepared, services = gateway.live.prepared, gateway.services
    active = services.rulesets.active
    host, port = listening.getsockname()[:2]
    log.info(
        "started",
        url=settings.public_url,
        host=host,
        port=port,
        pid=os.getpid(),
        source=services.source,
        folder=_folder(gateway),
        version=None if services.version is None else services.version.number,
        ruleset=active.version,
        touchpoints=len(active.ruleset.touchpoints),
        rules=len(active.ruleset.rules),
        sinks=[f"{name} ({config.kind})" for name, (config, _) in prepared.sinks.items()],
        channels=[f"{name} ({config.kind})" for name, (config, _) in prepared.channels.items()],
        database=settings.shown_db,
        identity_secrets=len(settings.secrets()),
        keep_responses=settings.keep_responses or None,
        keep_journal=settings.keep_journal or None,
    )
    if services.version is None:
        remedy = f"tactful publish FOLDER --gateway {settings.public_url}, with an ak key in TACTFUL_ADMIN_KEY"
        log.warning("nothing_published", effect="nobody is asked anything", remedy=remedy)
    gateway.live.warn_of_links()
    if not services.keys:
        make_one = f"tactful keys create --kind sk --name backend --db {shlex.quote(settings.shown_db)}"
        log.warning("no_keys", remedy=NO_KEYS_IN_MEMORY if settings.db == MEMORY else make_one)
    console = Console(highlight=False, soft_wrap=True)
    if console.is_terminal:
        _greet(console, gateway, settings)


def _greet(console: Console, gateway: Gateway, settings: GatewaySettings) -> None:
    services, sinks, channels = gateway.services, gateway.live.prepared.sinks, gateway.live.prepared.channels
    active, version = services.rulesets.active, services.version
    ruleset = active.ruleset
    facts = {
        "listening on": settings.public_url,
        "survey folder": _folder(gateway) or "what is published",
        "version": "none yet: publish one with tactful publish FOLDER" if version is None else str(version.number),
        "ruleset": f"{active.version}: {len(ruleset.touchpoints)} touchpoints, {len(ruleset.rules)} rules",
        "sinks": ", ".join(f"{name} ({config.kind})" for name, (config, _) in sinks.items()) or "none",
        "sent channels": ", ".join(f"{name} ({config.kind})" for name, (config, _) in channels.items()) or "none",
        "database": settings.shown_db,
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        grid.add_row(Text(name, style="dim"), Text(value))
    console.print("[bold]Tactful[/] is ready. Ctrl-C stops it.")
    console.print(grid)
    if not gateway.services.keys and settings.db == MEMORY:
        console.print(f"No API keys: {NO_KEYS_IN_MEMORY}.", markup=False)
    elif not gateway.services.keys:
        console.print("No API keys yet. Beside this running gateway, make them with:", markup=False)
        for key in ("sk --name backend", "pk --name web --origin https://shop.example"):
            console.print(f"  tactful keys create --kind {key} --db {shlex.quote(settings.shown_db)}", markup=False)
    sys.stdout.flush()


def _folder(gateway: Gateway) -> str | None:
    return None if gateway.live.source is None else str(gateway.live.source)


def _fail(message: str) -> None:
    make_console(stderr=True).print(f"error: {message}", style="bold red")
    raise typer.Exit(1)
