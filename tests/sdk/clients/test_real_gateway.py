"""Both clients against the gateway itself over HTTP: each takes what the other sends."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tactful_gateway.activation import prepare
from tactful_gateway.app import Gateway
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.serving.server import make_server
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store
from tests.eventually import eventually

SURVEY = """
touchpoints:
  payment: {params: {order.amount: {type: number, minimum: 0}}}
rules:
  big: {at: payment, when: {order.amount: {at_least: 30}}, ask: csat}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: How was it?}]}
"""


@pytest.fixture(scope="module")
def real_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run a gateway with a memory store; give its address and a server key."""
    folder = tmp_path_factory.mktemp("survey")
    (folder / "survey.yaml").write_text(SURVEY)
    key, record = make_key("sk", SystemClock().now(), os.urandom(KEY_BYTES + 10), name="test")
    settings = GatewaySettings(db="memory:", watch=False)
    listener = socket.create_server(("127.0.0.1", 0))
    started, servers = threading.Event(), []

    async def serve() -> None:
        store, secret = await open_store(settings)
        prepared = prepare(Path(folder), {}, SystemClock())
        async with Gateway(Path(folder), prepared, settings, store, secret, own_keys=[record]) as gateway:
            servers.append(make_server(gateway.app))
            started.set()
            await servers[0].serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", key
    servers[0].should_exit = True
    thread.join(10)
    listener.close()


def test_asking_gating_queueing_and_reporting_work_with_the_gateway_itself(
    make_sdk: Callable[..., Any], real_gateway: tuple[str, str], tmp_path: Path
) -> None:
    url, key = real_gateway
    sdk = make_sdk(url, key=key, raise_errors=True, timeout=5.0)
    person = f"u-{tmp_path.name}"
    asked = sdk.touchpoint("payment", person, {"order": {"amount": 38.5}}, event_id=f"event-{person}")
    assert asked.ask
    assert asked.invitation.questionnaire["id"] == "csat"
    assert sdk.touchpoint("payment", person, {"order": {"amount": 38.5}}, event_id=f"event-{person}") == asked
    eventually(lambda: sdk.status().version)
    assert sdk.touchpoint("payment", person, {"order.amount": 3}).reason == "no_rule"
    broken = sdk.touchpoint("payment", person, {"order.amount": -1})
    assert (broken.reason, broken.rejected_params) == ("no_rule", ("order.amount",))
    assert sdk.touchpoint("nowhere", person).reason == "unknown_touchpoint"
    sdk.touchpoint("payment", f"{person}-2", {"order": {"amount": 50}}, background=True)
    assert sdk.flush(5.0)
    status = sdk.status()
    assert (status.queued, status.dropped, status.last_error, status.circuit) == (0, 0, None, "closed")
