"""Durable facts a second over HTTP, beside bare Starlette endpoints that take the same requests and give such answers.

Server and client share the machine: the server is pinned to one core, the client to another where there is one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.gateway.driving import CONNECTIONS, measure, write_request
from tests.benchmarks.row import Baseline, Row

REQUESTS = 12_000
ROUNDS = 3
BODY = b'{"answers":{"score":2,"why":"The queue at the counter was long and nobody said why."},"complete":true,"rev":1}'
EVENT = (
    b'{"touchpoint":"payment","person":{"id":"u-%d","visits":3},"event_id":"order-%d","locale":"zh-CN",'
    b'"params":{"order":{"kind":"combo","amount":38.5}}}'
)


def rows() -> list[Row]:
    """Measure each server and its bare counterpart in turns and compare the best of each."""
    return [
        _row("durable final responses over HTTP", "responses", _responses),
        _row("durable decisions over HTTP, all asked", "touchpoints", _touchpoints),
    ]


def _row(name: str, what: str, write: Callable[[Sequence[str]], list[bytes]]) -> Row:
    rates: dict[str, list[float]] = {"bare": [], "gateway": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            for kind, found in rates.items():
                found.append(measure(f"{kind}-{what}", Path(folder) / f"{kind}-{number}", REQUESTS, write))
    value, bare = max(rates["gateway"]), max(rates["bare"])
    return Row(
        name=name,
        value=value,
        unit="/s",
        baseline=Baseline("bare Starlette endpoint", bare),
        budget=">= 0.5 of the baseline",
        met=value >= 0.5 * bare,
        note=f"{CONNECTIONS} connections, best of {ROUNDS} x {REQUESTS:,}",
    )


def _responses(paths: Sequence[str]) -> list[bytes]:
    """Answer every prepared invitation once."""
    return [write_request("PUT", path, BODY) for path in paths]


def _touchpoints(keys: Sequence[str]) -> list[bytes]:
    """Have as many persons pay once."""
    write = partial(write_request, "POST", "/v1/touchpoints", key=keys[0])
    return [write(EVENT % (number, number)) for number in range(REQUESTS)]
