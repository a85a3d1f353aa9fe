"""What is published reaches a running client within one look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.eventually import eventually
from tests.stopwatch import Stopwatch

REFRESH = 1
"""Seconds, both the client's and what the gateway tells; a look comes up to 20 % later."""
SURVEY = """
touchpoints: {payment: {params: {order.amount: {type: number}}}}
rules: {big: {at: payment, when: {order.amount: {at_least: LIMIT}}, ask: csat}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was it?}]}}
do_not_disturb: {}
"""


def test_a_client_follows_what_is_published_within_one_refresh(
    make_sdk: Callable[..., Any], running_gateway: Callable[..., Any]
) -> None:
    gateway = running_gateway(None, db="memory:", refresh=REFRESH)
    admin = {"authorization": f"Bearer {gateway.keys['ak']}"}

    def publish(limit: int) -> str:
        body = {"files": {"survey.yaml": SURVEY.replace("LIMIT", str(limit))}}
        return str(httpx.put(f"{gateway.url}/v1/ruleset", headers=admin, json=body).json()["version"]["ruleset"])

    sdk = make_sdk(gateway.url, key=gateway.keys["sk"], refresh=float(REFRESH), timeout=5.0)
    eventually(lambda: sdk.status().version)
    assert sdk.touchpoint("payment", "u-1", {"order.amount": 38}).reason == "unknown_touchpoint"
    for number, limit in enumerate((900, 10, 900)):
        version = publish(limit)
        with Stopwatch() as took:
            eventually(lambda version=version: sdk.status().version == version)
        assert took.seconds < REFRESH * 1.2 + 1.0  # a busy machine may take its time
        expected = "asked" if limit == 10 else "no_rule"
        assert sdk.touchpoint("payment", f"u-{number}", {"order.amount": 38}).reason == expected
