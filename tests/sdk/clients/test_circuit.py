"""A gateway that is down costs one failure; then nobody waits for it, nobody storms it, and it is found again."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from tactful import AsyncTactful
from tests.eventually import eventually
from tests.stopwatch import Stopwatch


def test_a_gateway_that_is_down_costs_one_failure_and_then_no_latency(make_sdk: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sdk = make_sdk(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
        with Stopwatch() as took:
            assert {sdk.touchpoint("payment", "u-1").reason for _ in range(50)} == {"unavailable"}
        assert took.seconds < 0.3
        assert sdk.status().circuit == "open"


def test_no_storm_hits_a_gateway_that_is_failing(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.on_call = little_gateway.refuse(500)
    little_gateway.on_look = little_gateway.refuse(500)
    sdk = make_sdk(little_gateway.url)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        sdk.touchpoint("payment", "u-1")
        time.sleep(0.001)
    assert len(little_gateway.calls) + len(little_gateway.looks) <= 6


def test_the_background_finds_a_gateway_that_is_back(
    make_sdk: Callable[..., Any],
    little_gateway: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    little_gateway.on_call = little_gateway.refuse(500)
    sdk = make_sdk(little_gateway.url)
    assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    little_gateway.on_call = lambda: None
    eventually(lambda: sdk.touchpoint("payment", "u-1").ask)
    assert sdk.status().circuit == "closed"
    assert sum("No answer from" in record.getMessage() for record in caplog.records) <= 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(make_sdk: Callable[..., Any], little_gateway: Any, status: int) -> None:
    little_gateway.on_call = little_gateway.refuse(status, **{"Retry-After": "60"})
    sdk = make_sdk(little_gateway.url)
    for _ in range(3):
        assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    time.sleep(1.2)
    looks = len(little_gateway.looks)
    sdk.touchpoint("payment", "u-1")
    assert len(little_gateway.calls) == 1
    assert looks <= 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_once_without_its_text(
    make_sdk: Callable[..., Any], little_gateway: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.on_call = little_gateway.refuse(status, {"code": "unknown_key"})
    sdk = make_sdk(little_gateway.url, key="sk_very_secret")
    for _ in range(3):
        assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    said = [record.getMessage() for record in caplog.records if "was refused" in record.getMessage()]
    assert len(said) == 1
    assert "unknown_key" in said[0]
    assert "secret" not in caplog.text


def test_a_refused_event_leaves_the_circuit_closed(
    make_sdk: Callable[..., Any], little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.on_call = little_gateway.refuse(422, {"code": "invalid_request", "detail": "reach.fax"})
    sdk = make_sdk(little_gateway.url)
    assert [sdk.touchpoint("payment", "u-1").reason for _ in range(3)] == ["unavailable"] * 3
    assert len(little_gateway.calls) == 3
    assert sdk.status().circuit == "closed"
    assert sum("invalid_request" in record.getMessage() for record in caplog.records) == 1


def test_a_stalled_event_loop_says_nothing_about_the_gateway(
    little_gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    little_gateway.publish("payment")

    async def block() -> None:
        time.sleep(0.8)  # what an app does by mistake

    async def run() -> list[Any]:
        async with AsyncTactful(little_gateway.url, key="sk_test", cache_dir=None, timeout=0.3) as sdk:
            assert await sdk.wait_ready()
            blocking = asyncio.create_task(block())
            during = await sdk.touchpoint("payment", "u-1")
            circuit = sdk.status().circuit
            await blocking
            return [during.ask, circuit, [(await sdk.touchpoint("payment", "u-2")).ask for _ in range(3)]]

    for _ in range(5):  # a busy machine may hold the next one up for a reason of its own
        during, circuit, after = asyncio.run(run())
        assert circuit == "closed"
        if not during and all(after):
            break
    assert (during, after) == (False, [True] * 3)
    assert sum("stood still" in record.getMessage() for record in caplog.records) >= 1
