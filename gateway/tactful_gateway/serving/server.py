"""Runs a gateway behind uvicorn until a signal: SIGTERM and SIGINT drain, SIGHUP reloads; the exit code is ours."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from tactful_gateway.app import Gateway
from tactful_gateway.serving.protocol import OneWriteProtocol

try:
    from uvloop import new_event_loop
except ImportError:  # there is none for Windows
    from asyncio import new_event_loop  # type: ignore[assignment]  # the slower one of the same kind

GRACE = 3
"""Seconds that requests under way get after SIGTERM; ledger and sinks need some of the ten that are promised."""


GC_EVERY = 20_000
"""New objects between two looks for garbage; nearly all of ours goes by reference counting."""


LAST_PORT = 65_535


class PortError(Exception):
    """The address can't be listened on."""


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handling, which ends in the signal itself and thus never in exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave all signals alone: `run` handles them."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes a free one.

    Raises:
        PortError: the port is in use or none, or the host is not this machine's.
    """
    if not 0 <= port <= LAST_PORT:
        raise PortError(f"can't listen on {host}:{port}: ports go from 0 to {LAST_PORT}")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # `create_server` puts the address behind the system's words, where it stands in front already.
        said = os.strerror(error.errno) if error.errno and not isinstance(error, socket.gaierror) else error.strerror
        raise PortError(f"can't listen on {host}:{port}: {said}") from error


def event_loop() -> asyncio.AbstractEventLoop:
    """Make uvloop's event loop where there is one, which answers about three times as fast."""
    return new_event_loop()


def make_server(app: ASGIApp) -> uvicorn.Server:
    """Set up uvicorn for the gateway; it stops, after draining, when its `should_exit` is set."""
    config = uvicorn.Config(
        app,
        http=OneWriteProtocol,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nobody here asks where a request came from
        timeout_graceful_shutdown=GRACE,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    # What stands at the start stays: walking it again and again would cost a tenth of all answers.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_EVERY)
    return QuietServer(config)


_NO_NEWS = frozenset(f"ASGI callable returned without {how} response." for how in ("starting", "completing"))


def _is_news(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says when an answer broke off, at its beginning or later: `answer_broken_off` has said why."""
    return record.msg not in _NO_NEWS


def say_nothing() -> None:
    """Tell nobody that the gateway is ready."""


async def run(gateway: Gateway, listening: socket.socket, announce: Callable[[], None] = say_nothing) -> None:
    """Serve until SIGTERM or SIGINT; returns once everything accepted is answered. The gateway must be running.

    `announce` is called once signals are understood: whoever reads its words may send one.
    """
    server = make_server(gateway.app)
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def stop() -> None:
        server.should_exit = True
        gateway.couriers.stop()  # what is being sent gets its time while requests are drained, not after that

    def reload() -> None:
        task = loop.create_task(gateway.live.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number, handler in ((signal.SIGTERM, stop), (signal.SIGINT, stop), (signal.SIGHUP, reload)):
        loop.add_signal_handler(number, handler)
    announce()
    await server.serve(sockets=[listening])
