"""Whatever happens, the log at its most talkative has no token, key, secret, address or answer in it."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tactful import sign_person
from tests.acceptance.conftest import Served
from tests.acceptance.test_serve import cli
from tests.eventually import eventually

ANSWER = "Xanadu was closed"
NUMBER = "+8613912345678"
MAIL = "ann.smith@example.com"
TRAIT = "platinum-member"
PARAM = "voucher-4711"
IDENTITY = "identity-secret-" * 3
SIGNING = "ab" * 32
WEBHOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PASSWORD = "p4ssw0rd-of-the-provider"
ORIGIN = "https://shop.example"
SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints:
  payment: {params: {voucher: {type: string}}}
  delivery: {}
rules:
  any-payment: {at: payment, ask: csat, channels: [web]}
  any-delivery: {at: delivery, ask: csat, channels: [sms]}
questionnaires:
  csat:
    questions:
      - {id: score, type: csat, text: "How was it?"}
      - {id: why, type: text, text: "Why?"}
channels:
  web: {kind: widget}
  sms: {kind: http, url: "${PROVIDER}?p=${PASSWORD}", json: {to: "{{address}}", url: "{{url}}"}, allow_private: true}
sinks:
  hook: {kind: webhook, url: "${PROVIDER}?password=${PASSWORD}", secret: "${WEBHOOK}", allow_private: true}
do_not_disturb: {}
"""


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, and says in its answer all that it was told."""

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["content-length"])) + self.path.encode() + str(self.headers).encode()
        self.send_response(400)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class Story:
    """Calls a gateway in every way, right and wrong, and keeps the secrets that it learns."""

    def __init__(self, url: str, keys: dict[str, str]) -> None:
        self.url = url
        self.keys = keys
        self.secrets: list[str] = [*keys.values()]

    def call(self, method: str, path: str, body: Any = None, key: str = "sk", **headers: str) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.keys.get(key, key)}", **headers}
        content = body if isinstance(body, str) else json.dumps(body)
        return httpx.request(method, f"{self.url}{path}", content=content, headers=sent, timeout=20)

    def ask(self, touchpoint: str, person: str) -> dict[str, Any]:
        event = {"touchpoint": touchpoint, "person": {"id": person, "level": TRAIT}, "params": {"voucher": PARAM}}
        reach = {"web": True, "sms": NUMBER, "email": MAIL}
        found: dict[str, Any] = self.call("POST", "/v1/touchpoints", {**event, "reach": reach}).json()
        return found

    def answer(self) -> None:
        token = self.ask("payment", "u-1")["invitation"]["token"]
        self.secrets.append(token)
        path = f"/v1/invitations/{token}"
        assert self.call("POST", f"{path}/events", {"type": "displayed"}).status_code == 202
        wrong = self.call("PUT", f"{path}/response", {"answers": {"score": ANSWER, ANSWER: 1}})
        assert wrong.status_code == 422
        self.call("PUT", f"{path}/response", f'{{"answers": {{"why": "{ANSWER}"')
        done = self.call("PUT", f"{path}/response", {"answers": {"score": 2, "why": ANSWER}, "complete": True})
        assert done.status_code == 202
        assert self.call("PUT", f"{path}/response", {"answers": {"why": ANSWER}}).status_code == 409
        assert httpx.get(f"{self.url}/i/{token}").status_code == 200
        httpx.post(f"{self.url}/i/{token}", data={"why": ANSWER})
        httpx.post(f"{self.url}/i/{token}/opt-out")

    def be_refused(self) -> None:
        made_up = "sk_" + "Z" * 32
        expired = sign_person(IDENTITY, "u-1", time.time() - 60)
        good = sign_person(IDENTITY, "u-2", time.time() + 600)
        self.secrets += [made_up, expired, good, good.rpartition(".")[2]]
        event = {"touchpoint": "payment", "person": "u-1"}
        assert self.call("POST", "/v1/touchpoints", event, key=made_up).status_code == 401
        assert self.call("POST", "/v1/touchpoints", event, key="ak").status_code == 403
        assert self.call("POST", "/v1/touchpoints", event, key="pk", origin="https://evil.example").status_code == 403
        page = {"touchpoint": "payment", "identity": expired}
        assert self.call("POST", "/v1/touchpoints", page, key="pk", origin=ORIGIN).status_code == 401
        assert self.call("POST", "/v1/touchpoints", {**page, "identity": good}, key="pk", origin=ORIGIN).is_success
        assert httpx.get(f"{self.url}/v1/ruleset?key={self.keys['sk']}").status_code == 403
        assert self.call("POST", "/v1/touchpoints", {"touchpoint": {ANSWER: MAIL}}).status_code == 422

    def administer(self) -> None:
        review = {"source": "store", "id": "1", "touchpoint": "payment", "person": "u-1", "at": "2026-03-01T12:00:00Z"}
        assert self.call("POST", "/v1/feedback", {**review, "answers": {"why": ANSWER}}).status_code == 202
        assert self.call("POST", "/v1/feedback", {**review, "answers": {"why": [ANSWER, {}]}}).status_code in {409, 422}
        explained = {"touchpoint": "payment", "person": {"id": "u-1", "level": TRAIT}, "reach": {"sms": NUMBER}}
        assert self.call("POST", "/v1/explain", explained, key="ak").status_code == 200
        files = {
            "survey.yaml": f"touchpoints: {{payment: {ANSWER}}}\nsinks: {{a: {{kind: webhook, secret: {WEBHOOK}}}}}"
        }
        assert self.call("PUT", "/v1/ruleset?dry_run=1", {"files": files}, key="ak").status_code == 422
        assert ANSWER in self.call("GET", "/v1/persons/u-1", key="ak").text
        assert self.call("DELETE", "/v1/persons/u-1", key="ak").status_code == 200


def test_nothing_that_is_nobodys_business_is_in_the_log(serve: Callable[..., Served], echo: str) -> None:
    environ = {"TACTFUL_IDENTITY_SECRETS": IDENTITY, "TACTFUL_SECRET": SIGNING}
    outside = {"PROVIDER": echo, "PASSWORD": PASSWORD, "WEBHOOK": WEBHOOK}
    served = serve(SURVEY, arguments=("--log-level", "debug"), **environ, **outside)
    made = {
        kind: cli("keys", "create", "--kind", kind, *more, "--db", f"sqlite:///{served.db}").stdout.strip()
        for kind, more in (("sk", ()), ("pk", ("--origin", ORIGIN)), ("ak", ()))
    }
    story = Story(served.url, made)
    eventually(lambda: story.call("GET", "/v1/sinks", key="ak").is_success), "the last key made is known"
    story.answer()
    assert story.ask("delivery", "u-3")["reason"] == "sending"
    story.be_refused()
    wanted = {"delivery_dead", "invitation_failed"}
    eventually(lambda: wanted <= {json.loads(line)["event"] for line in list(served.log)})
    story.administer()
    served.signal(signal.SIGHUP)
    time.sleep(0.2)
    served.signal(signal.SIGTERM)
    assert served.wait() == 0

    events = [json.loads(line) for line in served.log]
    assert [
        it for it in events if not re.fullmatch(r"[a-z_]+", it["event"]) or not {"level", "timestamp"} <= it.keys()
    ] == []
    seen = {it["event"] for it in events}
    assert {"started", "request", "key_refused", "origin_not_allowed", "identity_refused", "stopped"} <= seen
    text = "\n".join([*served.log, *served.lines])
    hidden = [
        *story.secrets,
        ANSWER,
        NUMBER,
        NUMBER.lstrip("+"),
        MAIL,
        TRAIT,
        PARAM,
        IDENTITY,
        SIGNING,
        WEBHOOK,
        PASSWORD,
    ]
    assert [secret for secret in hidden if secret in text or secret.replace(" ", "%20") in text] == []
