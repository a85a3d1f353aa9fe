"""One `AsyncTactful` under several event loops, one after the other or side by side: nothing is lost or left."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import StreamingResponse

from tactful import AsyncTactful
from tactful.transport import Request, Response
from tests.eventually import eventually


class _Gateway:
    """Answers touchpoints and reports; the answer to the first report is held back until `released`."""

    def __init__(self) -> None:
        self.refuses = False
        self.released = False
        self.reports: list[dict[str, Any]] = []
        self.kept: dict[str, int] = {}

    async def send(self, request: Request, timeout: float) -> Response:
        if request.path == "/v1/touchpoints":
            event = json.loads(request.body)
            answer = {"ask": False, "reason": "paused", "touchpoint": "payment", "event_id": event["event_id"]}
            return Response(200, {}, json.dumps(answer).encode())
        if request.path != "/v1/reports":
            return Response(404, {}, b"")
        report = json.loads(request.body)
        self.reports.append(report)
        if self.refuses:
            return Response(500, {}, b"")
        self.kept[report["id"]] = sum(row["count"] for row in report["touchpoints"])
        while len(self.reports) == 1 and not self.released:
            await asyncio.sleep(0.005)
        return Response(202, {}, b"")

    async def close(self) -> None:
        pass


@pytest.fixture
def make_loop() -> Iterator[Callable[[], Callable[[Coroutine[Any, Any, Any]], Any]]]:
    """Run loops in threads of their own; give what hands a coroutine to one and gives its future."""
    loops: list[tuple[asyncio.AbstractEventLoop, threading.Thread]] = []

    def make() -> Callable[[Coroutine[Any, Any, Any]], Any]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        loops.append((loop, thread))
        return lambda work: asyncio.run_coroutine_threadsafe(work, loop)

    yield make
    for loop, thread in loops:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_tasks() -> None:
    """Do what `asyncio.run` does at its end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_late_answer_to_an_old_report_drops_no_newer_one(make_loop: Callable[[], Callable[..., Any]]) -> None:
    one, other = make_loop(), make_loop()
    gateway = _Gateway()
    sdk = AsyncTactful("http://gateway.test", key="sk_test", transport=gateway, cache_dir=None, report_every=600)
    one(sdk.touchpoint("payment", "u-1")).result(5)
    late = one(sdk.flush(20))
    eventually(lambda: gateway.reports)
    other(sdk.touchpoint("payment", "u-2")).result(5)
    assert other(sdk.flush(5)).result(10), "the same report, answered at once, and one about the second call"
    other(sdk.touchpoint("payment", "u-3")).result(5)
    gateway.refuses = True
    assert not other(sdk.flush(5)).result(10)
    gateway.refuses, gateway.released = False, True
    late.result(10)
    assert other(sdk.flush(5)).result(10)
    assert sum(gateway.kept.values()) == 3
    other(sdk.close()).result(5)


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Collect no garbage: what is not closed stays open."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _slow_body() -> AsyncIterator[bytes]:
    await asyncio.sleep(0.4)
    yield b"{}"


@pytest.mark.usefixtures("no_collection")
def test_a_loop_for_each_call_leaves_no_connection_and_sends_no_report_again_and_again(little_gateway: Any) -> None:
    little_gateway.answers = {"payment": "paused"}
    little_gateway.on_report = lambda: StreamingResponse(_slow_body(), 202)
    little_gateway.on_look = lambda: StreamingResponse(_slow_body(), 200)
    sdk = AsyncTactful(little_gateway.url, key="sk_test", timeout=5.0, cache_dir=None, report_every=0.5, refresh=0.5)
    made = 0
    begun = time.monotonic()
    asyncio.run(sdk.touchpoint("payment", "u-1"))
    open_files = len(list(Path("/dev/fd").iterdir()))
    while time.monotonic() - begun < 2.5 or made < 30:
        assert asyncio.run(sdk.touchpoint("payment", "u-1")).reason == "paused"
        made += 1
    spent = time.monotonic() - begun
    assert len(list(Path("/dev/fd").iterdir())) <= open_files + 5
    assert len(little_gateway.reports) <= 2 * spent + 2
    assert len(little_gateway.looks) <= 3 * spent + 2
    little_gateway.on_report = lambda: None
    asyncio.run(sdk.close())
    counted = {report["id"]: report for report in little_gateway.reports}
    assert sum(row["count"] for report in counted.values() for row in report["touchpoints"]) == made + 1


async def test_the_background_keeps_nothing_of_the_request_that_started_it() -> None:
    class Scope:
        pass

    current: ContextVar[Scope] = ContextVar("current")
    seen: list[weakref.ref[Scope]] = []
    sdk = AsyncTactful("http://gateway.test", key="sk_test", transport=_Gateway(), cache_dir=None, timeout=0.2)

    async def handle() -> None:
        scope = Scope()
        seen.append(weakref.ref(scope))
        current.set(scope)
        assert (await sdk.touchpoint("payment", "u-1")).reason == "paused"

    for _ in range(3):
        await asyncio.create_task(handle())
    await asyncio.sleep(0.4)  # the loop keeps a timer that was not needed, with its context, until its time is up
    gc.collect()
    assert [reference() for reference in seen] == [None] * 3
    await sdk.close(0.1)
