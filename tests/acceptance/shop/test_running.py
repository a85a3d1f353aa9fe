"""The demo as a program: it stops cleanly, comes back with what it knew, and its answers reach a signed webhook."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from playwright.sync_api import Page
from standardwebhooks import Webhook

from tests.acceptance.shop.demo import TACTFUL, running_demo
from tests.acceptance.shop.guest import Guest
from tests.eventually import eventually

CAFE = Path(__file__).parents[3] / "examples" / "cafe"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


class Receiver(BaseHTTPRequestHandler):
    """Keeps what arrives, with its headers."""

    received: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_a_webhook_receives_the_answer_and_its_signature_verifies(receiver: str, tmp_path: Path, page: Page):
    survey = tmp_path / "survey"
    shutil.copytree(CAFE, survey)
    (survey / "head-office.yaml").write_text(
        f"sinks:\n  head-office: {{kind: webhook, url: '{receiver}', secret: {SECRET}, allow_private: true}}\n"
    )
    with running_demo(tmp_path / "data", "--survey", str(survey)) as demo:
        guest = Guest(page, demo.url)
        guest.pays_for("matcha-roll")
        guest.expect_question("How was paying today?")
        guest.tabs_to(type="radio")
        guest.presses("ArrowLeft")
        guest.tabs_to(name="Send")
        guest.presses("Enter")
        (answer,) = demo.wait_for_answers(1)
        eventually(lambda: Receiver.received)
        page.wait_for_timeout(500)
        page.goto("about:blank")
    ((headers, body),) = Receiver.received
    assert Webhook(SECRET).verify(body, headers) == answer == json.loads(body)
    assert headers["webhook-id"] == answer["id"]


def test_a_mistake_and_its_repair_are_both_told_where_the_demo_prints(tmp_path: Path):
    survey = tmp_path / "survey"
    shutil.copytree(CAFE, survey)
    settings = survey / "settings.yaml"
    good = settings.read_text("utf-8")
    with running_demo(tmp_path / "data", "--survey", str(survey)) as demo:
        assert httpx.get(demo.url).status_code == 200  # the folder is watched by then
        for text, told in (("rules: [", "reload_rejected"), (good, "reload_in_force_again")):
            settings.write_text(text, "utf-8")
            demo.wait_for_print(told)


def test_ctrl_c_closes_the_demo_cleanly_and_it_remembers(tmp_path: Path):
    for _ in range(2):
        with running_demo(tmp_path / "data") as demo:
            assert httpx.get(demo.url).status_code == 200
            with httpx.stream("GET", f"{demo.url}/answers") as stream:
                assert next(stream.iter_lines()) == "retry: 1000"
                demo.process.send_signal(signal.SIGINT)
                assert demo.process.wait(60) == 0
    log = (tmp_path / "data.log").read_text("utf-8")
    assert "Traceback" not in log
    assert (tmp_path / "data" / "tactful.db").exists()


def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [str(TACTFUL), "demo", "--data", str(tmp_path / "data"), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert port in done.stderr
    assert "--port" in done.stderr
    assert "make demo PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_order_that_is_none_is_refused(tmp_path: Path):
    with running_demo(tmp_path / "data") as demo:
        for body in ("", "{}", '{"lines": {}}', '{"lines": {"unicorn": 1}}', '{"lines": {"croissant": 0}}', "[1"):
            assert httpx.post(f"{demo.url}/orders", content=body).status_code == 422
        assert "script-src 'self' http://127.0.0.1" in httpx.get(demo.url).headers["content-security-policy"]
