"""The stage: a clock that the test moves, a real mail server, and a gateway's client that speaks of one person."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.eventually import PATIENCE

SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints: {payment: {}, visit: {}}
rules:
  paid: {at: [payment, visit], ask: csat, channels: [CHANNELS]}
questionnaires:
  csat:
    title: {en: Your payment, de: Ihre Zahlung}
    questions: [{id: score, type: csat, required: true, text: {en: How was paying?, de: Wie war das Bezahlen?}}]
channels:
  web: {kind: widget}
  email: {kind: email, url: "${MAIL}", from: shop@example.com}
  sms: {kind: http, url: "${SMS}", json: {to: "{{address}}", text: "{{url}}"}, allow_private: true}
do_not_disturb: {quiet_hours: [{from: "21:00", to: "08:00"}]}
"""
CLIENT = httpx.Client(timeout=PATIENCE)
ADDRESS = "guest@example.com"
NUMBER = "+8613800001234"


def survey(channels: str, **more: str) -> str:
    """Give the survey of a rule that asks over these channels; further arguments replace whole lines by their start."""
    text = SURVEY.replace("CHANNELS", channels)
    for start, line in more.items():
        text = re.sub(rf"(?m)^(\s*){start}:.*$", rf"\1{start}: {line}", text)
    return text


def instant(text: str) -> int:
    """Read an RFC 3339 time."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


class MovedClock:
    """A clock that stands still until it is moved; waiting lasts as long as the machine says."""

    def __init__(self, at: str) -> None:
        self.at = instant(at)

    def now(self) -> int:
        return self.at

    def move(self, to: str) -> None:
        self.at = instant(to)

    async def sleep(self, span: int) -> None:
        await asyncio.sleep(span / 1000)


class MailServer:
    """A real SMTP server that keeps what it accepts, and answers each message as the test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.tried = 0
        self.answer = "250 OK"
        self.delay = 0.0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self._port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tried += 1
        answer = self.answer
        await asyncio.sleep(self.delay)
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return answer

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


def link_in(mail: EmailMessage) -> str:
    """Give the link in a mail's plain part."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://\S+/i/[\w-]{43}(?!\S)", body.get_content())
    assert found
    return found[0]


class Guest:
    """One person before one gateway."""

    def __init__(self, gateway: Any, person: str = "guest") -> None:
        self.gateway = gateway
        self.person = person
        self.headers = {"authorization": f"Bearer {gateway.keys['sk']}"}

    def at(self, touchpoint: str, event: str, **reach: Any) -> dict[str, Any]:
        """Call a touchpoint and give the decision."""
        body = {"touchpoint": touchpoint, "person": self.person, "event_id": event, "reach": reach}
        response = CLIENT.post(f"{self.gateway.url}/v1/touchpoints", headers=self.headers, json=body)
        assert response.status_code == 200, response.text
        decision: dict[str, Any] = response.json()
        return decision

    def answer(self, token: str) -> httpx.Response:
        """Answer an invitation."""
        body = {"answers": {"score": 5}, "complete": True}
        return CLIENT.put(f"{self.gateway.url}/v1/invitations/{token}/response", json=body)

    def journal(self, kind: str = "") -> list[str]:
        """Give the types of the journal's events, or the bodies of those of one type."""
        rows = self.gateway.run(self.gateway.gateway.services.store.journal(0, 10_000))
        if kind:
            return [row.body.decode() for row in rows if row.type == f"tactful.{kind}"]
        return [row.type.removeprefix("tactful.") for row in rows]

    def metric(self, name: str) -> float | None:
        """Give the value of a metric, with its labels in its name; None where there is no such series."""
        text = CLIENT.get(f"{self.gateway.url}/metrics").text
        found = re.search(rf"(?m)^{re.escape(name)} (\S+)$", text)
        return float(found[1]) if found else None

    def channels(self) -> dict[str, str]:
        """Give how each channel is doing."""
        headers = {"authorization": f"Bearer {self.gateway.keys['sk']}"}
        found: dict[str, str] = CLIENT.get(f"{self.gateway.url}/readyz", headers=headers).json()["channels"]
        return found


class Provider:
    """A real HTTP API that answers each message as the test says; what it accepted is counted by idempotency key."""

    def __init__(self) -> None:
        self.answer: Callable[[int], tuple[int, dict[str, str], str]] = lambda _: (200, {}, "{}")
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.accepted: list[str] = []
        self.delay = 0.0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                key = self.headers["idempotency-key"]
                provider.requests.append((key, body))
                status, headers, text = provider.answer(len(provider.requests))
                time.sleep(provider.delay)
                if status < 300:
                    provider.accepted.append(key)
                with contextlib.suppress(OSError):  # the gateway may have gone
                    self.send_response(status)
                    for name, value in {**headers, "content-length": str(len(text.encode()))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 64  # of more than it queues the system has some try again a second later

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/messages"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
