"""`tactful import` beside a real gateway, each import in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.cli_remote.conftest import Run, run_tactful

HEED_SIGINT = (
    *(sys.executable, "-c"),
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
)
"""Put before a command: SIGINT is ignored in whatever a shell started in its background, and what that starts."""


@pytest.fixture
def gateway(running_gateway: Callable[..., Any]) -> Any:
    """Give a gateway over the default survey that keeps a file."""
    return running_gateway()


@pytest.fixture
def run(gateway: Any) -> Run:
    """Run an import that finds the gateway and a server's key in its environment."""
    environ = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_KEY": gateway.keys["sk"]}
    return lambda *arguments, **more: run_tactful("import", *arguments, **{**environ, **more})


@pytest.fixture
def received(gateway: Any) -> Callable[[], list[dict[str, Any]]]:
    """Give a function that gives the data of all feedback in the journal."""

    def read() -> list[dict[str, Any]]:
        rows = gateway.run(gateway.gateway.services.store.journal(0, 1_000_000))
        return [json.loads(row.body)["data"] for row in rows if row.type == "tactful.feedback.received"]

    return read
