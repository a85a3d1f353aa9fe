"""Free ports of the loopback, and waiting until somebody listens on one."""

from __future__ import annotations

import socket
import time

PATIENCE = 20.0


def free_port() -> int:
    """Give a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def wait_until_open(port: int) -> None:
    """Wait until a connection is taken."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            return
