"""Free ports of the loopback, and waiting until somebody listens on one."""

from __future__ import annotations

import socket

from tests.eventually import eventually


def free_port() -> int:
    """Give a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    """Tell whether a connection is taken."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_open(port: int) -> None:
    """Wait until a connection is taken."""
    eventually(lambda: is_open(port), otherwise=f"nobody listens on {port}")
