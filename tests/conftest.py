"""Fixtures for more than one room: a real gateway behind a real uvicorn on a free loopback port."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tactful_gateway.activation import prepare, prepare_latest
from tactful_gateway.app import Gateway
from tactful_gateway.clock import Clock, SystemClock
from tactful_gateway.http.credentials.keys import KEY_BYTES, KeyKind, make_key
from tactful_gateway.serving.server import event_loop, listen, make_server
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store
from tactful_gateway.store.base import Store
from tests.eventually import PATIENCE

# A busy machine is no counter-example: speed is `make bench`'s to measure.
settings.register_profile("tactful", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("tactful"), max_examples=2_000)
settings.load_profile("tactful")

ORIGIN = "https://shop.example"
SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints:
  payment:
    params:
      order.kind: {type: string, enum: [combo, a-la-carte]}
      order.amount: {type: number, minimum: 0}
  menu-page:
    web: {url: "/menu*", on: dwell 20s}
rules:
  any-payment: {at: payment, ask: payment-csat}
questionnaires:
  payment-csat:
    title: {en: Your payment, zh-CN: 您的支付}
    questions:
      - {id: score, type: csat, required: true, text: {en: How was paying today?, zh-CN: 您对本次支付体验满意吗?}}
      - {id: why, type: text, text: {en: What went wrong?, zh-CN: 哪里不好?}, if: {score: {at_most: 2}}}
channels:
  web: {kind: widget}
"""
"""A survey folder's only file: everybody who pays is asked."""

T = TypeVar("T")


@dataclass
class RunningGateway:
    """A gateway in a thread of this process: its address, one key of each kind, and a way into its event loop."""

    folder: Path | None
    settings: GatewaySettings
    environ: Mapping[str, str]
    clock: Clock
    store: Store | None = None
    origin: str = ORIGIN
    keys: dict[KeyKind, str] = field(default_factory=dict)
    url: str = ""
    _failure: BaseException | None = None

    def start(self) -> None:
        """Start the thread and wait until the gateway answers."""
        self._listening = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="tactful-test-gateway")
        self._thread.start()
        started = ready.wait(PATIENCE)
        if self._failure is not None:
            raise self._failure
        assert started, f"the gateway did not start within {PATIENCE:g} s"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the gateway's event loop and give its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def stop(self) -> None:
        """Drain and stop, as SIGTERM would."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(setattr, self._server, "should_exit", True)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), f"the gateway did not stop within {PATIENCE:g} s"
        self._listening.close()

    def _run(self, ready: threading.Event) -> None:
        try:
            with asyncio.Runner(loop_factory=event_loop) as runner:
                runner.run(self._serve(ready))
        except BaseException as error:  # noqa: BLE001 - it is raised in the test's thread
            self._failure = error
        finally:
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        records = []
        for kind in ("sk", "pk", "ak"):
            origins = [self.origin] if kind == "pk" else []
            text, record = make_key(kind, self.clock.now(), os.urandom(KEY_BYTES + 10), origins=origins)
            self.keys[kind] = text
            records.append(record)
        store, secret = (self.store, bytes(32)) if self.store else await open_store(self.settings)
        if self.folder is None:
            prepared = await prepare_latest(store, self.environ, self.clock)
        else:
            prepared = prepare(self.folder, self.environ, self.clock)
        settings = self.settings.reachable_at(*self._listening.getsockname()[:2])
        self.gateway = Gateway(
            self.folder,
            prepared,
            settings,
            store,
            secret,
            own_keys=records,
            environ=self.environ,
            clock=self.clock,
        )
        async with self.gateway:
            self._loop = asyncio.get_running_loop()
            self._server = make_server(self.gateway.app)
            ready.set()
            await self._server.serve(sockets=[self._listening])


@contextmanager
def _starter(folder_of_its_own: Path) -> Iterator[Callable[..., RunningGateway]]:
    with ExitStack() as stack:

        def start(
            survey: str | None = SURVEY,
            *,
            folder: Path | None = None,
            environ: Mapping[str, str] = os.environ,
            clock: Clock | None = None,
            store: Store | None = None,
            origin: str = ORIGIN,
            **settings: Any,
        ) -> RunningGateway:
            if folder is None and survey is not None:
                folder = folder_of_its_own / "survey"
                folder.mkdir(exist_ok=True)
                (folder / "survey.yaml").write_text(survey, encoding="utf-8")
            chosen = {"db": f"sqlite:///{folder_of_its_own / 'data' / 'tactful.db'}", "watch": False} | settings
            running = RunningGateway(folder, GatewaySettings(**chosen), environ, clock or SystemClock(), store, origin)
            stack.callback(running.stop)
            running.start()
            return running

        yield start


@pytest.fixture
def running_gateway(tmp_path: Path) -> Iterator[Callable[..., RunningGateway]]:
    """Give a function that starts a gateway on a survey (`survey=` its one file's text, or `folder=`).

    With `survey=None` it serves what is published, which is nothing at first.

    `store` takes another store's place. Further arguments are settings, e.g. `db="memory:"`; by default it keeps a
    SQLite file in the test's own folder.
    """
    with _starter(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Give a gateway over the default survey, in memory, for all tests of a module: each takes persons of its own."""
    with _starter(tmp_path_factory.mktemp("shared")) as start:
        yield start(db="memory:")
