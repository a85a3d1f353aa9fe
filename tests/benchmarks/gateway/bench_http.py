"""Durable facts a second over HTTP, beside bare Starlette endpoints that take the same requests and give such answers.

Server and client share the machine: the server is pinned to one core, the client to another where there is one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from tactful_gateway.measuring.driving import write_request
from tests.benchmarks.gateway.driving import CONNECTIONS, TURNS, Driven, measure_in_turns
from tests.benchmarks.row import Baseline, Row

REQUESTS = 12_000
BATCH = 50
BATCHES = 1_800
LONGEST = 60.0
"""Milliseconds within which 99 of 100 responses are to be on disk and answered."""
BODY = b'{"answers":{"score":2,"why":"The queue at the counter was long and nobody said why."},"complete":true,"rev":1}'
EVENT = (
    b'{"touchpoint":"payment","person":{"id":"u-%d","visits":3},"event_id":"order-%d","locale":"zh-CN",'
    b'"params":{"order":{"kind":"combo","amount":38.5}}}'
)
FEEDBACK = (
    b'{"source":"till","id":"%d","touchpoint":"payment","person":{"id":"u-%d","visits":3},"at":"2026-11-01T12:00:00Z",'
    b'"questionnaire":"payment-csat","locale":"zh-CN","params":{"order":{"kind":"combo","amount":38.5}},'
    b'"answers":{"score":2,"why":"The queue at the counter was long and nobody said why."}}'
)


class Pair(Struct, frozen=True):
    """A gateway and its bare counterpart."""

    gateway: Driven
    bare: Driven


def rows() -> list[Row]:
    """Measure each server and its bare counterpart in turns, and compare the medians of their rates."""
    responses = _measure("responses", REQUESTS, _responses)
    touchpoints = _measure("touchpoints", REQUESTS, _touchpoints)
    feedback = _measure("feedback", BATCHES, _feedback)
    return [
        _beside("durable final responses over HTTP", responses, 0.6),
        Row(
            name="a durable final response over HTTP, 99 of 100",
            value=responses.gateway.p99,
            unit="ms",
            baseline=Baseline("bare Starlette endpoint", responses.bare.p99),
            budget=f"<= {LONGEST:.0f} ms",
            met=responses.gateway.p99 <= LONGEST,
            note=_note(REQUESTS),
        ),
        _beside("durable decisions over HTTP, all asked", touchpoints, 0.5),
        Row(
            name=f"durable feedback over HTTP, {BATCH} a request",
            value=BATCH * feedback.gateway.rate,
            unit="/s",
            baseline=Baseline("bare Starlette endpoint", BATCH * feedback.bare.rate),
            budget=">= 25,000 /s",
            met=BATCH * feedback.gateway.rate >= 25_000,
            note=_note(BATCHES),
        ),
    ]


def _measure(what: str, requests: int, write: Callable[[Sequence[str]], list[bytes]]) -> Pair:
    with tempfile.TemporaryDirectory() as folder:
        return Pair(*measure_in_turns((f"gateway-{what}", f"bare-{what}"), Path(folder), requests, write))


def _beside(name: str, pair: Pair, share: float) -> Row:
    return Row(
        name=name,
        value=pair.gateway.rate,
        unit="/s",
        baseline=Baseline("bare Starlette endpoint", pair.bare.rate),
        budget=f">= {share} of the baseline",
        met=pair.gateway.rate >= share * pair.bare.rate,
        note=_note(REQUESTS),
    )


def _note(requests: int) -> str:
    return f"{CONNECTIONS} connections, {requests:,} in {TURNS} turns"


def _responses(paths: Sequence[str]) -> list[bytes]:
    """Answer every prepared invitation once."""
    return [write_request("PUT", path, BODY) for path in paths]


def _touchpoints(keys: Sequence[str]) -> list[bytes]:
    """Have as many persons pay once."""
    write = partial(write_request, "POST", "/v1/touchpoints", key=keys[0])
    return [write(EVENT % (number, number)) for number in range(REQUESTS)]


def _feedback(keys: Sequence[str]) -> list[bytes]:
    """Send what as many persons said elsewhere, in batches."""
    write = partial(write_request, "POST", "/v1/feedback", key=keys[0])
    starts = range(0, BATCH * BATCHES, BATCH)
    items = (b",".join(FEEDBACK % (number, number) for number in range(start, start + BATCH)) for start in starts)
    return [write(b'{"items":[%b]}' % some) for some in items]
