"""Fakes whose calls can be looked at, a browser's headers, and a real ASGI or WSGI server around an app."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import httpx
import pytest
import uvicorn

from tactful.testing import FakeTactful, asked

BROWSER = {
    "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1",
    "accept-language": "de;q=0.8, zh-CN, en;q=0.5",
    "referer": "https://shop.example/menu?token=secret#top",
}


def known(call: dict[str, Any], path: str, url: str) -> bool:
    """Tell whether a call says of the page and the browser what a request of `BROWSER` for that path tells."""
    page = {"url": url + path, "path": path, "referrer": "https://shop.example/menu"}
    device = {"user_agent": BROWSER["user-agent"]}
    return (call["page"], call["device"], call["locale"]) == (page, device, "zh-CN")


@pytest.fixture
def sdk() -> Iterator[FakeTactful]:
    with FakeTactful({"payment": asked(), "menu": "paused"}) as fake:
        yield fake


@contextmanager
def _asgi(app: Any) -> Iterator[httpx.Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="auto", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", headers=BROWSER) as browser:
        yield browser
    server.should_exit = True
    thread.join(5)
    listener.close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Keep requests out of the tests' output."""


@contextmanager
def _wsgi(app: Any) -> Iterator[httpx.Client]:
    with WSGIServer(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(app)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", headers=BROWSER) as browser:
            yield browser
        server.shutdown()
        thread.join(5)


@pytest.fixture
def serve_asgi() -> Callable[..., Any]:
    """Serve an ASGI app by uvicorn for a `with` block; it gives a browser."""
    return _asgi


@pytest.fixture
def serve_wsgi() -> Callable[..., Any]:
    """Serve a WSGI app by the standard library's server for a `with` block; it gives a browser."""
    return _wsgi
