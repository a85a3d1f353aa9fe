"""A gateway over a file that has been at work: each table of the file has something in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_rules.model.ids import DAY
from tests.conftest import RunningGateway
from tests.eventually import eventually

SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints:
  payment: {params: {order.amount: {type: number}}}
  menu: {}
rules:
  any-payment: {at: payment, ask: csat, quota: {answers: 200, per: day}}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: "How was paying?"}]}
sinks:
  file: {kind: jsonl, path: "${EVENTS}", events: [response.completed, feedback.received]}
  hook: {kind: webhook, url: "${HOOK}", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, allow_private: true}
"""
PERSONS = 30
ANSWERED = 20
"""As many of them answered."""


class _NeverWanted(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hook_that_wants_nothing() -> Iterator[str]:
    """Run a webhook's other end that refuses everything for good, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NeverWanted) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


class Api:
    """A server that calls a gateway with a key of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {key}"}

    def ask(self, person: str) -> dict[str, Any]:
        said = self.call("POST", "/v1/touchpoints", {"touchpoint": "payment", "person": person})
        assert said.status_code == 200, said.text
        found: dict[str, Any] = said.json()
        return found

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return httpx.request(method, f"{self._url}{path}", json=body, headers=self._headers, timeout=20)


def keep_key(gateway: RunningGateway) -> str:
    """Make a server's key that is kept, as `tactful keys` does."""
    text, record = make_key("sk", gateway.clock.now(), os.urandom(KEY_BYTES + 10), name="backend \\ 后端")
    gateway.run(gateway.gateway.services.store.save_key(record))
    gateway.run(gateway.gateway.services.keys.refresh())
    return text


def answer(api: Api, token: str, score: int) -> None:
    body = {"answers": {"score": score}, "complete": True}
    assert api.call("PUT", f"/v1/invitations/{token}/response", body).status_code == 202


def fill(gateway: RunningGateway, api: Api) -> list[str]:
    """Let much happen; give the tokens of the invitations that are still open."""
    now = datetime.now(UTC).isoformat()
    tokens = [api.ask(f"u-{number} \\ 张")["invitation"]["token"] for number in range(PERSONS)]
    for number, token in enumerate(tokens[:ANSWERED]):
        answer(api, token, 1 + number % 5)
    counted = {"touchpoint": "payment", "reason": "paused", "count": 3}
    seen = {"order.amount": {"count": 3, "sum": 0.30000000000000004, "sum_squares": 0.03, "min": 0.1, "max": 0.1}}
    report = {"id": "r-1", "since": now, "until": now, "touchpoints": [{**counted, "params": seen}]}
    assert api.call("POST", "/v1/reports", report).status_code == 202
    review = {
        "source": "store",
        "id": "1",
        "touchpoint": "menu",
        "person": "u-review",
        "at": now,
        "answers": {"stars": 2},
    }
    assert api.call("POST", "/v1/feedback", {**review, "answers": {"stars": 2}}).status_code == 202
    assert api.call("PUT", "/v1/persons/u-out/preferences", {"opt_out": "all"}).status_code == 200
    assert api.call("POST", "/v1/persons/u-review/alias", {"anonymous": "anon_review"}).status_code == 200
    assert api.ask("u-out")["reason"] == "opted_out"
    wanted = {"file": (ANSWERED + 1, 0), "hook": (0, ANSWERED)}
    status = gateway.gateway.consumers.status
    eventually(lambda: {sink.id: (sink.delivered, sink.dead) for sink in status()} == wanted)
    leave_for_later(gateway)
    return tokens[ANSWERED:]


def leave_for_later(gateway: RunningGateway) -> None:
    """Leave a letter that is tried again tomorrow, and an order that nobody follows."""
    store, tomorrow = gateway.gateway.services.store, gateway.clock.now() + DAY
    (letter,) = gateway.run(store.dead_letters("sink/hook", 1))
    assert gateway.run(store.retry_letters("sink/hook", tomorrow, [letter.seq])) == 1
    gateway.run(store.give_order("sink/nobody", 5))
