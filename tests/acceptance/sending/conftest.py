"""A `tactful serve` whose machine's clock the test turns, a mail server, and a browser on the shop's page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tactful import sign_person
from tests.acceptance.test_serve import cli
from tests.chromium import opened_browser
from tests.eventually import PATIENCE
from tests.gateway.couriers.stage import MailServer, Provider, instant

TURN = """
import os, time
machine = time.time_ns
time.time_ns = lambda: machine() + 1_000_000 * int(open(os.environ["TURNED_BY"]).read())
"""
PAGE = """<!doctype html><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>Shop</title><h1>Shop</h1>
<script async src="{url}/widget.js" data-key="{key}" data-person-token="{token}"></script>"""
SECRET = "the secret with which the shop's server signs who somebody is"


class Clock:
    """The clock of one `tactful serve`; it goes on by itself from where it is set."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, to: str) -> None:
        """Turn it."""
        new = self.path.with_suffix(".new")
        new.write_text(str(instant(to) - time.time_ns() // 1_000_000))
        new.rename(self.path)


class Site:
    """The shop's page on a server of its own."""

    def __init__(self) -> None:
        site = self
        self.html = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.html.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Shop:
    """What the shop's server and its pages do with the gateway."""

    def __init__(self, served: Any, clock: Clock, site: Site, keys: tuple[str, str]) -> None:
        self.site = site
        self.served = served
        self.clock = clock
        self.headers = {"authorization": f"Bearer {keys[0]}"}
        self.pk = keys[1]

    def paid(self, person: str, event: str, **reach: Any) -> dict[str, Any]:
        """Tell of a payment and give the decision."""
        body = {
            "touchpoint": "payment",
            "person": person,
            "event_id": event,
            "reach": reach,
            "timezone": "Asia/Shanghai",
        }
        answer = httpx.post(f"{self.served.url}/v1/touchpoints", headers=self.headers, json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        decision: dict[str, Any] = answer.json()
        return decision

    def visited(self, page: Page, person: str) -> dict[str, Any]:
        """Have a person who is signed in look at the shop, and give the decision that came of it."""
        token = sign_person(SECRET, person, time.time() + 86_400)  # no part of what is turned
        self.site.html = PAGE.format(url=self.served.url, key=self.pk, token=token)
        page.goto(self.site.origin)
        page.wait_for_function("() => window.tactful?.touchpoint !== undefined")
        decision: dict[str, Any] = page.evaluate("tactful.touchpoint('visit')")
        return decision


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sms() -> Iterator[Provider]:
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def open_shop(
    serve: Callable[..., Any], tmp_path: Path, mail: MailServer, sms: Provider, site: Site
) -> Callable[..., Shop]:
    """Give a function that starts a gateway at an instant."""

    def open_(survey: str, at: str) -> Shop:
        clock = Clock(tmp_path / "turned-by")
        clock.set(at)
        environ = {"MAIL": mail.url, "SMS": sms.url, "TURNED_BY": str(clock.path), "TACTFUL_IDENTITY_SECRETS": SECRET}
        db = f"sqlite:///{tmp_path / 'tactful.db'}"
        sk = cli("keys", "create", "--kind", "sk", "--db", db).stdout.strip()
        pk = cli("keys", "create", "--kind", "pk", "--origin", site.origin, "--db", db).stdout.strip()
        served = serve(survey, prelude=TURN, **environ)
        assert served.url, "\n".join(served.log)
        return Shop(served, clock, site, (sk, pk))

    return open_


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing may go wrong, on a telephone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []
