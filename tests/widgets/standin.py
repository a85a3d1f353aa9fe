"""A small gateway and a host page for the widget's tests: it serves the wire format and remembers every request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tactful_gateway.words.screens import widget_words
from tests.eventually import eventually

DIST = Path(__file__).parents[2] / "widgets" / "dist"
STUB = "window.tactful||=new Proxy({q:[]},{get:(t,m)=>t[m]??((...a)=>new Promise(r=>t.q.push([m,a,r])))});"
HEADERS = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
Handler = Callable[[Any], tuple[int, dict[str, Any]]]


class Running:
    """An ASGI app served by uvicorn in a thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True)

    def __enter__(self) -> Running:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        with contextlib.suppress(OSError):
            self._socket.close()


def until(page: Page, condition: Callable[[], object]) -> None:
    """Wait until something came true outside the page, while the page goes on."""
    eventually(lambda: condition() or page.wait_for_timeout(50))


class StandIn:
    """The gateway's wire format: `questionnaire`, `params` and `locale` say what is asked, `seen` what came in."""

    def __init__(self) -> None:
        self.base = ""
        self.reset()

    def reset(self) -> None:
        self.questionnaire: dict[str, Any] = {"id": "q", "questions": [NPS]}
        self.params: dict[str, Any] = {}
        self.locale = "en"
        self.with_words = True
        self.ask = True
        self.again = False
        self.triggers: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.rev = 0
        self.complete = False
        self.asked_in: list[str] = []
        """The languages in which the invitation was looked at."""
        self.respond: list[int] = []
        """Statuses to answer the next responses with, before any are taken."""
        self.event_status = 202
        self.seen: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    def calls(self, kind: str) -> list[dict[str, Any]]:
        return [body for name, body, _ in self.seen if name == kind]

    @property
    def events(self) -> list[str]:
        return [body["type"] for body in self.calls("event")]

    def invitation(self) -> dict[str, Any]:
        words = {"words": widget_words(self.locale)} if self.with_words else {}
        return {
            "id": "0198-inv",
            "token": "t0k.en",
            "url": f"{self.base}/i/t0k.en",
            "expires_at": "2099-01-01T00:00:00.000Z",
            "status": "open",
            "locale": self.locale,
            "questionnaire": self.questionnaire,
            "params": self.params,
            **words,
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/widget.js", self._loader),
                Route("/w/h4sh/renderer.js", self._renderer),
                Route("/v1/widget", self._widget),
                Route("/v1/touchpoints", self._touchpoint, methods=["POST"]),
                Route("/v1/invitations/t0k.en", self._show),
                Route("/v1/invitations/t0k.en/events", self._event, methods=["POST"]),
                Route("/v1/invitations/t0k.en/response", self._response, methods=["POST"]),
            ]
        )

    async def _loader(self, _: Request) -> Response:
        text = (DIST / "loader.js").read_text("utf-8").replace("__RENDERER_HASH__", "h4sh")
        return Response(text, media_type="text/javascript", headers=HEADERS)

    async def _renderer(self, _: Request) -> Response:
        self.seen.append(("renderer", {}, {}))
        return Response((DIST / "renderer.js").read_bytes(), media_type="text/javascript", headers=HEADERS)

    async def _widget(self, _: Request) -> Response:
        return JSONResponse({"triggers": self.triggers}, headers=HEADERS)

    async def _note(self, kind: str, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(await request.body())
        self.seen.append((kind, body, dict(request.headers)))
        return body

    async def _touchpoint(self, request: Request) -> Response:
        body = await self._note("touchpoint", request)
        decision = {
            "ask": self.ask,
            "reason": "asked" if self.ask else "no_rule",
            "touchpoint": body["touchpoint"],
            "event_id": body["event_id"],
            "again": self.again,
            "invitation": self.invitation() if self.ask else None,
        }
        return JSONResponse(decision, headers=HEADERS)

    async def _show(self, request: Request) -> Response:
        self.asked_in.append(request.query_params.get("locale", ""))
        kept = {"answers": self.answers, "rev": self.rev, "complete": self.complete}
        return JSONResponse({**self.invitation(), **kept}, headers=HEADERS)

    async def _event(self, request: Request) -> Response:
        await self._note("event", request)
        return JSONResponse({"duplicate": False}, self.event_status, headers=HEADERS)

    async def _response(self, request: Request) -> Response:
        body = await self._note("response", request)
        if self.respond:
            return JSONResponse({}, self.respond.pop(0), headers=HEADERS)
        if self.complete:
            return JSONResponse({"code": "already_completed"}, 409, headers=HEADERS)
        duplicate = body["rev"] <= self.rev
        if not duplicate:
            self.answers, self.rev, self.complete = body["answers"], body["rev"], body["complete"]
        receipt = {"duplicate": duplicate, "complete": self.complete, "rev": self.rev}
        return JSONResponse(receipt, 202, headers=HEADERS)


class Site:
    """The host page: `attributes` go on the script element, `head`, `body` and `headers` are the page's own."""

    def __init__(self) -> None:
        self.base = ""
        self.gateway = ""
        self.reset()

    def reset(self) -> None:
        self.attributes = 'data-key="pk_test"'
        self.head = ""
        self.body = "<h1>Shop</h1><p><button id=pay>Pay</button> <a href=/other>Other page</a></p>"
        self.html = '<html lang="en">'
        self.headers: dict[str, str] = {}
        self.script = 'tactful.touchpoint("payment", {order: {kind: "combo", amount: 38.5}})'
        self.nonce = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/favicon.ico", lambda _: Response(status_code=204)), Route("/{path:path}", self._page)]
        )

    async def _page(self, _: Request) -> Response:
        nonce = f' nonce="{self.nonce}"' if self.nonce else ""
        loader = f'<script src="{self.gateway}/widget.js" {self.attributes} async{nonce}></script>'
        calls = f"<script{nonce}>{STUB}{self.script}</script>"
        head = f'<meta charset=utf-8><meta name=viewport content="width=device-width"><title>Shop</title>{self.head}'
        page = f"<!doctype html>{self.html}<head>{head}</head><body>{loader}{calls}{self.body}</body></html>"
        return HTMLResponse(page, headers=self.headers)


NPS: dict[str, Any] = {
    "id": "score",
    "type": "nps",
    "text": "How likely are you to recommend us to a friend?",
    "required": True,
    "low": "Not at all likely",
    "high": "Extremely likely",
}


@contextlib.contextmanager
def serve() -> Iterator[tuple[StandIn, Site]]:
    """Run both; the page is `localhost`, the gateway `127.0.0.1`: two origins."""
    gateway, site = StandIn(), Site()
    with Running(gateway.app()) as first, Running(site.app()) as second:
        gateway.base = site.gateway = f"http://127.0.0.1:{first.port}"
        site.base = f"http://localhost:{second.port}"
        yield gateway, site
