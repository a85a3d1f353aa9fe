"""Serves a survey folder over a database that ends with it: a gateway that delivers and sends nothing, to be driven.

A process of its own, started by `running`. It ends and removes its folder when its standard input does, so also when
whoever started it was killed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import threading
from functools import partial
from pathlib import Path

import msgspec

from tactful_gateway.activation import Prepared
from tactful_gateway.activation.prepare import content_of
from tactful_gateway.app import Gateway
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.logs import configure_logs
from tactful_gateway.serving.server import event_loop, listen, run
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store
from tactful_gateway.survey import compile_ruleset, read_texts


def prepare_alone(files: dict[str, str]) -> Prepared:
    """Make a sound folder ready without its sinks and sent channels, and so without its environment."""
    folder = read_texts(files).folder
    assert folder is not None
    return Prepared(
        folder=folder,
        compiled=compile_ruleset(folder.ruleset),
        sinks={},
        channels={},
        files=files,
        content=content_of(files),
    )


async def _serve(folder: Path, files: dict[str, str], listening: socket.socket) -> None:
    text, key = make_key("sk", SystemClock().now(), os.urandom(KEY_BYTES + 10))
    settings = GatewaySettings(db=f"sqlite:///{folder / 'tactful.db'}", watch=False)
    settings = settings.reachable_at(*listening.getsockname()[:2])
    store, secret = await open_store(settings)
    prepared = prepare_alone(files)
    async with Gateway(folder, prepared, settings, store, secret, own_keys=[key], environ={}) as gateway:
        await run(gateway, listening, partial(_announce, listening.getsockname()[1], text))


def _announce(port: int, key: str) -> None:
    sys.stdout.write(f"{port} {key}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve the files that come as one line of JSON, over a database in the folder named."""
    folder = Path(sys.argv[1])
    try:
        files = msgspec.json.decode(sys.stdin.buffer.readline(), type=dict[str, str])
        configure_logs("error")
        with listen("127.0.0.1", 0) as listening, asyncio.Runner(loop_factory=event_loop) as runner:
            runner.run(_serve(folder, files, listening))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
