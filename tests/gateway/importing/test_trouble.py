"""An import beside a gateway that is busy, away, or full, and one that is killed in the middle."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tactful_gateway.http.feedback.wire import FeedbackReceipt, FeedbackResult
from tactful_gateway.importing.sending import GivenUpError, Sender, Unavailable
from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import TACTFUL, Run

Received = Callable[[], list[dict[str, Any]]]
OPTIONS = ("--source", "s", "--touchpoint", "payment")
RECEIPT = msgspec.json.encode(FeedbackReceipt(1, 0, 0, (FeedbackResult(status="accepted"),)))


def write_rows(file: Path, rows: int) -> Path:
    """Write so many good rows."""
    lines = [f"{number},u-{number % 50},2026-03-01,{'x' * 500}" for number in range(rows)]
    file.write_text("\n".join(["id,person,at,comment", *lines]), encoding="utf-8")
    return file


class Script:
    """What a gateway answers, one after the other, and how long was waited in between."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.waited: list[float] = []
        self.told: list[tuple[float, str | None, float]] = []

    def post(self, body: bytes) -> bytes:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def tell(self, why: str | None, seconds: float) -> None:
        self.told.append((sum(self.waited), why, seconds))

    def send(self, patience: float) -> Sequence[FeedbackResult]:
        sender = Sender(
            self.post, self.tell, patience=patience, sleep=self.waited.append, clock=lambda: sum(self.waited)
        )
        return sender.send([msgspec.Raw(b"{}")])


def test_a_gateway_that_can_not_now_is_asked_again_when_it_says_and_ever_more_rarely() -> None:
    script = Script(
        Unavailable("busy", 2.0), Unavailable("away"), Unavailable("away"), Unavailable("busy", 0.0), RECEIPT
    )
    assert [it.status for it in script.send(60)] == ["accepted"]
    assert script.waited == [2.0, 0.5, 1.0, 2.0]


def test_patience_ends_before_a_wait_that_would_outlast_it() -> None:
    script = Script(Unavailable("busy", 5.0), Unavailable("still busy", 6.0))
    with pytest.raises(GivenUpError, match="still busy"):
        script.send(10)
    assert script.waited == [5.0]


def test_a_wait_that_somebody_would_notice_is_told_once_and_its_end_too() -> None:
    short = Script(Unavailable("away"), Unavailable("away"), RECEIPT)
    short.send(60)
    assert (short.waited, short.told) == ([0.25, 0.5], []), "a blink"
    long = Script(*[Unavailable("away")] * 5, RECEIPT)
    long.send(60)
    assert long.told == [(0.75, "away", 59.25), (7.75, None, 0.0)], "before a second is over"
    asked = Script(Unavailable("busy", 9.0), RECEIPT)
    asked.send(60)
    assert asked.told == [(0.0, "busy", 60.0), (9.0, None, 0.0)]


def test_a_gateway_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    away = {**os.environ, "TACTFUL_GATEWAY": "http://127.0.0.1:1", "TACTFUL_KEY": "sk_x"}
    command = [str(TACTFUL), "import", str(write_rows(tmp_path / "rows.csv", 2)), *OPTIONS]
    running = subprocess.Popen(command, env=away, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    with running.stderr:
        first = running.stderr.readline()
        running.kill()
        running.wait()
    assert re.fullmatch(
        r"no answer from http://127.0.0.1:1: .*Connection refused; trying again until \d\d:\d\d:\d\d\n", first
    )


class Turnstile(BaseHTTPRequestHandler):
    """A proxy before a gateway that turns every second request away, or lets it through and hangs up on the answer."""

    gateway = ""
    turns = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        turn = Turnstile.turns = Turnstile.turns + 1
        if turn % 4 == 1:
            self.send_response(503)
            self.send_header("retry-after", "0")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        headers = {"authorization": self.headers["authorization"]}
        answer = httpx.post(f"{self.gateway}{self.path}", content=body, headers=headers)
        if turn % 4 == 3:
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_answers_that_never_arrive_double_nothing(run: Run, gateway: Any, received: Received, tmp_path: Path) -> None:
    Turnstile.gateway, Turnstile.turns = gateway.url, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Turnstile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        done = run(write_rows(tmp_path / "rows.csv", 1_700), *OPTIONS, "--json", TACTFUL_GATEWAY=url)
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["accepted"] + told["duplicate"] == 1_700
    assert told["duplicate"] > 0, "an answer was lost on its way, so its batch went again"
    assert [it["external_id"] for it in received()] == [str(number) for number in range(1_700)]


def test_an_import_that_was_killed_goes_on_where_it_was(
    run: Run, gateway: Any, received: Received, tmp_path: Path
) -> None:
    file = write_rows(tmp_path / "rows.csv", 6_000)
    environ = {**os.environ, "TACTFUL_GATEWAY": gateway.url, "TACTFUL_KEY": gateway.keys["sk"]}
    killed = subprocess.Popen([str(TACTFUL), "import", str(file), *OPTIONS], env=environ)
    eventually(received)
    killed.kill()
    assert killed.wait() < 0, "it was done before it could be killed"
    before = len(received())
    assert 0 < before < 6_000
    told = json.loads(run(file, *OPTIONS, "--json").stdout)
    assert (told["accepted"] + told["duplicate"], told["rejected"]) == (6_000, 0)
    assert told["duplicate"] >= before
    assert sorted(int(it["external_id"]) for it in received()) == list(range(6_000))
