"""A small gateway on loopback, a real server whose behaviour a test can change, and both clients behind one face."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tactful import AsyncTactful, Decision, Status, Tactful
from tactful.testing import FakeAsyncTactful, FakeTactful, asked

INVITATION = {"id": "inv-1", "token": "tok", "url": "http://x/i/tok", "expires_at": "2030-01-01T00:00:00.000Z"}
ASKED = {"ask": True, "reason": "asked", "rule": "any", "questionnaire": "csat", "channel": "web"}


class LittleGateway:
    """Answers like a gateway; `calls`, `looks` and `reports` record what came, the hooks change what goes."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, str] = {}
        """Touchpoint -> reason; any touchpoint that is not here is asked."""
        self.calls: list[dict[str, Any]] = []
        self.looks: list[dict[str, str]] = []
        self.reports: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.ruleset: dict[str, Any] | None = None
        self.etag = '"v1"'
        self.on_call: Callable[[], Response | None] = lambda: None
        self.on_look: Callable[[], Response | None] = lambda: None
        self.on_report: Callable[[], Response | None] = lambda: None

    def publish(self, *touchpoints: str, at_least: float | None = None, version: str = "v1", **more: Any) -> None:
        """Put a ruleset in force: one rule, at all touchpoints, that wants an order of at least that amount."""
        params = {"order.amount": {"type": "number", "minimum": 0}, "order.kind": {"type": "string"}}
        rule: dict[str, Any] = {"id": "big", "at": list(touchpoints)}
        if at_least is not None:
            rule["when"] = {"kind": "test", "attribute": "order.amount", "op": "at_least", "value": at_least}
        self.etag = f'"{version}"'
        self.ruleset = {"version": version, "touchpoints": dict.fromkeys(touchpoints, params), "rules": [rule], **more}

    def refuse(self, status: int, body: dict[str, Any] | None = None, **headers: str) -> Callable[[], Response]:
        """Give a hook that answers with an error."""
        return lambda: JSONResponse(body or {"code": "broken"}, status, headers)

    async def touchpoint(self, request: Request) -> Response:
        call = json.loads(await request.body())
        self.headers.append(dict(request.headers))
        self.calls.append(call)
        echo = {"touchpoint": call["touchpoint"], "event_id": call["event_id"]}
        reason = self.answers.get(call["touchpoint"])
        plain = {"ask": False, "reason": reason} if reason else ASKED | {"invitation": INVITATION}
        return self.on_call() or JSONResponse(plain | echo)

    async def look(self, request: Request) -> Response:
        self.looks.append(dict(request.headers))
        changed = self.on_look()
        if changed is not None:
            return changed
        if self.ruleset is None:
            return JSONResponse({"code": "not_found"}, 404)
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers={"etag": self.etag})
        return JSONResponse(self.ruleset, headers={"etag": self.etag})

    async def report(self, request: Request) -> Response:
        self.reports.append(json.loads(await request.body()))
        return self.on_report() or JSONResponse({"duplicate": False}, 202)


class Host:
    """One server for all tests of a run; each test has its own gateway below a path of its own."""

    def __init__(self) -> None:
        self.gateways: list[LittleGateway] = []
        self.url = ""

    def open(self) -> LittleGateway:
        gateway = LittleGateway()
        gateway.url = f"{self.url}/{len(self.gateways)}"
        self.gateways.append(gateway)
        return gateway

    def app(self) -> Starlette:
        def to(name: str) -> Callable[[Request], Any]:
            async def answer(request: Request) -> Response:
                answered: Response = await getattr(self.gateways[request.path_params["number"]], name)(request)
                return answered

            return answer

        return Starlette(
            routes=[
                Route("/{number:int}/v1/touchpoints", to("touchpoint"), methods=["POST"]),
                Route("/{number:int}/v1/ruleset", to("look")),
                Route("/{number:int}/v1/reports", to("report"), methods=["POST"]),
            ]
        )


class OnLoop:
    """An `AsyncTactful` on a loop of its own thread, with the face of `Tactful`: one test serves both."""

    def __init__(self, make: Callable[[], AsyncTactful]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = make()
        self._run(self._client.__aenter__())

    def touchpoint(self, *arguments: Any, **named: Any) -> Decision:
        return self._run(self._client.touchpoint(*arguments, **named))

    def flush(self, timeout: float = 2.0) -> bool:
        return self._run(self._client.flush(timeout))

    def wait_ready(self, timeout: float = 5.0) -> bool:
        return self._run(self._client.wait_ready(timeout))

    def status(self) -> Status:
        return self._client.status()

    def close(self, timeout: float = 2.0) -> None:
        if self._loop.is_closed():
            return
        self._run(self._client.close(timeout))

    def end(self) -> None:
        self.close(0.2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    listener = socket.create_server(("127.0.0.1", 0))
    host.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(host.app(), log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield host
    server.should_exit = True
    thread.join(5)
    listener.close()


@pytest.fixture
def little_gateway(host: Host) -> LittleGateway:
    return host.open()


@pytest.fixture
def make_kind(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Make real clients, of the one or of the other kind."""
    made: list[Any] = []

    def make(kind: str, url: str, **options: Any) -> Any:
        options = {"key": "sk_test", "cache_dir": tmp_path / "cache", "timeout": 10.0} | options
        if kind == "threads":
            made.append(Tactful(url, **options))
        else:
            made.append(OnLoop(lambda: AsyncTactful(url, **options)))
        return made[-1]

    yield make
    for sdk in made:
        sdk.end() if isinstance(sdk, OnLoop) else sdk.close(0.2)


@pytest.fixture(params=["threads", "asyncio"])
def make_sdk(request: pytest.FixtureRequest, make_kind: Callable[..., Any]) -> Callable[..., Any]:
    """Make real clients; the test runs once with each kind."""
    return lambda url, **options: make_kind(request.param, url, **options)


@pytest.fixture
def make_fake() -> Iterator[Callable[..., Any]]:
    """Make fakes of the one and of the other kind."""
    made: list[Any] = []

    def make(kind: str, **options: Any) -> Any:
        decisions = {"payment": asked(), "menu": "paused"}
        if kind == "threads":
            made.append(FakeTactful(decisions, **options))
        else:
            made.append(OnLoop(lambda: FakeAsyncTactful(decisions, **options)))
        return made[-1]

    yield make
    for sdk in made:
        sdk.end() if isinstance(sdk, OnLoop) else sdk.close(0.2)
