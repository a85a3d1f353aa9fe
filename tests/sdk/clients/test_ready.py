"""`wait_ready` tells whether the gateway can be asked; it waits no longer than it is told, and never raises."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.eventually import PATIENCE
from tests.stopwatch import Stopwatch


def test_it_waits_until_the_ruleset_is_there(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.publish("payment")
    sdk = make_sdk(little_gateway.url)
    assert sdk.wait_ready() is True
    assert sdk.status().version == "v1"
    assert sdk.touchpoint("nowhere", "u-1").reason == "unknown_touchpoint"
    assert little_gateway.calls == []


def test_it_gives_up_in_time_on_a_gateway_that_is_not_there(make_sdk: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sdk = make_sdk(url)
    start = time.monotonic()
    with Stopwatch() as took:
        assert sdk.wait_ready(timeout=0.3) is False
    assert time.monotonic() - start > 0.25
    assert took.seconds < 2


def test_it_sees_a_gateway_that_comes_late(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    little_gateway.publish("payment")
    little_gateway.on_look = little_gateway.refuse(503, **{"retry-after": "1"})
    sdk = make_sdk(little_gateway.url)
    threading.Timer(0.5, lambda: setattr(little_gateway, "on_look", lambda: None)).start()
    assert sdk.wait_ready(timeout=PATIENCE) is True


def test_a_server_that_is_no_gateway_is_not_ready(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    assert make_sdk(little_gateway.url).wait_ready(timeout=0.5) is False  # it has no ruleset: 404


def test_an_answered_touchpoint_is_enough(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    sdk = make_sdk(little_gateway.url)
    assert sdk.touchpoint("payment", "u-1").ask
    assert sdk.wait_ready(timeout=0) is True


def test_a_disabled_client_has_nothing_to_wait_for_and_a_closed_one_will_never_be_ready(
    make_sdk: Callable[..., Any], little_gateway: Any
) -> None:
    assert make_sdk(little_gateway.url, enabled=False).wait_ready(timeout=0) is True
    closed = make_sdk(little_gateway.url)
    closed.close()
    assert closed.wait_ready() is False


@pytest.mark.parametrize("timeout", [-1, float("nan"), "soon", 1e30])
def test_a_timeout_that_is_none_raises_nothing(make_sdk: Callable[..., Any], timeout: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sdk = make_sdk(url)
    if timeout == 1e30:
        sdk.close()
    assert sdk.wait_ready(timeout) is False


def test_a_fake_is_ready(make_fake: Callable[..., Any]) -> None:
    for kind in ("threads", "asyncio"):
        assert make_fake(kind).wait_ready() is True
