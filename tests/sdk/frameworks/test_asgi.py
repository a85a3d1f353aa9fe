"""The ASGI middleware under uvicorn: sync and async endpoints, streams, background tasks, failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from tactful import AsyncTactful
from tactful.asgi import TactfulMiddleware
from tactful.context import CARRIED
from tactful.testing import FakeAsyncTactful, FakeTactful, asked
from tests.sdk.frameworks.conftest import known


class _SignsIn:
    """An inner middleware that finds out who it is, as those for sessions do."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["who"] = dict(scope.get("headers", ())).get(b"x-user", b"").decode() or None
        await self._app(scope, receive, send)


def _app(*routes: Route | Mount, person: Any = lambda scope: scope["who"], **options: Any) -> Starlette:
    stack = [Middleware(TactfulMiddleware, person=person), Middleware(_SignsIn)]
    return Starlette(routes=list(routes), middleware=stack, **options)


def test_a_sync_endpoint_in_a_thread_knows_the_request(sdk: FakeTactful, serve_asgi: Callable[..., Any]) -> None:
    def pay(request: Request) -> Response:
        return PlainTextResponse(sdk.touchpoint("payment").reason)

    with serve_asgi(_app(Mount("/shop", routes=[Route("/pay", pay)]))) as browser:
        assert browser.get("/shop/pay?card=secret", headers={"x-user": "u-1"}).text == "asked"
        assert browser.get("/shop/pay").text == "unavailable"
        url = str(browser.base_url).rstrip("/")
    (call,) = sdk.touchpoints
    assert call["person"] == "u-1"
    assert known(call, "/shop/pay", url)


def test_async_endpoints_at_once_know_each_their_own_request(serve_asgi: Callable[..., Any]) -> None:
    made: list[FakeAsyncTactful] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with FakeAsyncTactful({"payment": asked()}) as sdk:
            made.append(sdk)
            yield

    async def person(scope: Any) -> str | None:
        await asyncio.sleep(0.001)
        who: str | None = scope["who"]
        return who

    async def pay(request: Request) -> Response:
        await asyncio.sleep(0.01)
        await made[0].touchpoint("payment", event_id=request.headers["x-user"])
        return PlainTextResponse("")

    with serve_asgi(_app(Route("/pay", pay), person=person, lifespan=lifespan)) as browser:
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda number: browser.get("/pay", headers={"x-user": f"u-{number}"}), range(20)))
        calls = made[0].touchpoints
    assert len(calls) == 20
    assert all(call["person"] == call["event_id"] for call in calls)


def test_streams_and_background_tasks_belong_to_the_request(sdk: FakeTactful, serve_asgi: Callable[..., Any]) -> None:
    def parts() -> Iterator[str]:
        yield "a"
        sdk.touchpoint("payment", event_id="stream")

    def pay(request: Request) -> Response:
        later = BackgroundTask(lambda: sdk.touchpoint("payment", event_id="later"))
        return StreamingResponse(parts(), background=later)

    with serve_asgi(_app(Route("/pay", pay))) as browser:
        assert browser.get("/pay", headers={"x-user": "u-1"}).text == "a"
        browser.get("/pay", headers={"x-user": "u-1"})
    assert [call["event_id"] for call in sdk.touchpoints[:2]] == ["stream", "later"]
    assert {call["person"] for call in sdk.touchpoints} == {"u-1"}


def _deaf(scope: Any, receive: Any, send: Any) -> Any:
    """Answer requests, and nothing else, as Django does."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    return PlainTextResponse("")(scope, receive, send)


@pytest.mark.parametrize("app", [_deaf, Starlette(routes=[])], ids=["an app without a lifespan", "an app with one"])
def test_at_the_servers_end_all_clients_send_what_they_counted(
    serve_asgi: Callable[..., Any], make_kind: Callable[..., Any], little_gateway: Any, app: Any
) -> None:
    little_gateway.publish("payment")
    sdk = make_kind("threads", little_gateway.url, report_every=3600.0)

    async def shop(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.to_thread(sdk.touchpoint, "payment", "u-1")
            await later[0].touchpoint("payment", "u-2", background=True)
        await app(scope, receive, send)

    later = [AsyncTactful(little_gateway.url, key="sk_test", cache_dir=None, report_every=3600.0, timeout=5.0)]
    with serve_asgi(TactfulMiddleware(shop)) as browser:
        browser.get("/")
        assert little_gateway.reports == []
    counted = [row["count"] for report in little_gateway.reports for row in report["touchpoints"]]
    assert sum(counted) == 2
    assert {call["person"] for call in little_gateway.calls} == {"u-1", "u-2"}
    asyncio.run(later[0].close())


def test_a_start_that_fails_still_fails(serve_asgi: Callable[..., Any]) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise ZeroDivisionError
        yield

    told: list[str] = []

    async def server() -> None:
        async def receive() -> Any:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            told.append(message["type"])

        await TactfulMiddleware(Starlette(lifespan=lifespan))({"type": "lifespan"}, receive, send)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(server())
    assert told == ["lifespan.startup.failed"]


async def test_a_request_that_fails_leaves_nothing_behind() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        assert CARRIED.get() is not None
        raise ZeroDivisionError

    middleware = TactfulMiddleware(fails)
    try:
        await middleware({"type": "http", "headers": [], "path": "/"}, None, None)  # type: ignore[arg-type]
    except ZeroDivisionError:
        assert CARRIED.get() is None


async def test_a_scope_that_says_little_is_enough(sdk: FakeTactful) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        sdk.touchpoint("payment", "u-1", event_id="e-1")

    for server in (None, ("/run/app.sock", None), ("127.0.0.1", 80)):
        scope = {"type": "websocket", "headers": [], "path": "/", "server": server, "scheme": "ws"}
        await TactfulMiddleware(app)(scope, None, None)  # type: ignore[arg-type]
    pages = [call["page"] for call in sdk.touchpoints]
    assert pages[0] == {"path": "/"}
    assert pages[2] == {"path": "/", "url": "ws://127.0.0.1:80/"}
    assert "device" not in sdk.touchpoints[0]
