"""An app goes on while its gateway is killed and started again and answers are lost: each of its calls counts once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from tactful import Tactful
from tactful.drive.http import HttpTransport
from tactful.transport import Request, Response, TransportError
from tactful_gateway.clock import SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.store.sqlite import SqliteStore
from tests.acceptance.conftest import SURVEY, Served
from tests.eventually import eventually

KILLS = 3


class LosesAnswers:
    """HTTP on which the answer to every other report is lost after the gateway gave it."""

    def __init__(self, url: str) -> None:
        self.lost: list[bytes] = []
        self.reports: list[bytes] = []
        self._inner = HttpTransport(url)

    def send(self, request: Request, timeout: float) -> Response:
        response = self._inner.send(request, timeout)
        if request.path == "/v1/reports" and response.status == 202:
            self.reports.append(request.body)
            if len(self.reports) % 2:
                self.lost.append(request.body)
                raise TransportError("the connection was reset")
        return response

    def close(self) -> None:
        self._inner.close()


def _make_key(served: Served) -> str:
    key, record = make_key("sk", SystemClock().now(), os.urandom(KEY_BYTES + 10), name="test")

    async def save() -> None:
        store = await SqliteStore.open(served.db)
        await store.save_key(record)
        await store.close()

    asyncio.run(save())
    return key


def _counted(served: Served) -> tuple[int, ...]:
    """Give the number of calls, and of their amounts the number, sum, sum of squares, least and most."""
    with sqlite3.connect(served.db) as db:
        calls = db.execute("SELECT sum(count) FROM counted WHERE source = 'sdk'").fetchone()
        amounts = "SELECT sum(count), sum(sum), sum(sum_squares), min(min), max(max) FROM measured"
        numbers = db.execute(amounts).fetchone()
    db.close()
    return tuple(map(int, (*calls, *numbers)))


def test_every_call_is_counted_once_whatever_happens_to_the_gateway(serve: Callable[..., Served]):
    served = serve(SURVEY.replace("payment: {}", "payment: {params: {amount: number}}"))
    served.kill()
    key = _make_key(served)
    served.arguments = ("--port", str(urlsplit(served.url).port))
    served.start()
    transport = LosesAnswers(served.url)
    sdk = Tactful(served.url, key=key, transport=transport, cache_dir=None, report_every=0.02, timeout=1.0)
    assert sdk.wait_ready(20)  # what is a number is known from the ruleset on
    stop, calls = threading.Event(), [0]

    def shop() -> None:
        while not stop.is_set():
            calls[0] += 1
            sdk.touchpoint("payment", f"u-{calls[0]}", {"amount": calls[0]})
            time.sleep(0.001)

    app = threading.Thread(target=shop)
    app.start()
    try:
        for _ in range(KILLS):
            reached = len(transport.reports)
            eventually(lambda reached=reached: len(transport.reports) >= reached + 3, otherwise=sdk.status)
            served.kill()
            served.start()
    finally:
        stop.set()
        app.join()
    assert sdk.wait_ready(20)
    while not sdk.flush(5):
        assert sdk.wait_ready(20)
    sdk.close()
    assert len(transport.lost) > KILLS
    assert set(transport.lost) <= {body for body in transport.reports if transport.reports.count(body) > 1}
    served.kill()
    amounts = range(1, calls[0] + 1)
    squares = sum(amount * amount for amount in amounts)
    assert _counted(served) == (len(amounts), len(amounts), sum(amounts), squares, 1, calls[0])
