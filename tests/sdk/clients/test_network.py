"""Whatever the network does, a touchpoint returns in time; the servers here misbehave for real, on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.eventually import eventually

TIMEOUT = 0.3
ALLOWED = 0.05
"""What the SDK promises on top of the timeout."""
TRIES = 12
"""A busy machine may hold up one call; it cannot hold up all of them for a reason of its own."""

Misbehaviour = Callable[[socket.socket], None]


def _drip(connection: socket.socket, head: bytes, byte: bytes) -> None:
    connection.recv(65536)
    connection.sendall(head)
    for _ in range(200):
        connection.sendall(byte)
        time.sleep(0.05)


def _say(answer: bytes) -> Misbehaviour:
    def say(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return say


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "silence": lambda connection: time.sleep(10),
    "headers that drip": lambda connection: _drip(connection, b"HTTP/1.1 200 OK\r\nx: ", b"a"),
    "a body that drips": lambda connection: _drip(connection, b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n", b" "),
    "a close at once": lambda connection: None,
    "noise": _say(b"\x00\xff" * 5000),
    "an empty body": _say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    "a portal's page": _say(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n<html>hello"),
    "a redirect": _say(b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"),
    "a bomb": _say(b"HTTP/1.1 200 OK\r\ncontent-length: 99000000\r\n\r\n" + b" " * 9_000_000),
}


@pytest.fixture
def misbehaving() -> Iterator[Callable[[Misbehaviour], str]]:
    with ExitStack() as stack:
        yield lambda behaviour: _serve(stack, behaviour)


def _serve(stack: ExitStack, behaviour: Misbehaviour) -> str:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    open_ones: list[socket.socket] = []
    stack.callback(lambda: [connection.close() for connection in open_ones])

    def behave(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            behaviour(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(target=behave, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _returns_in_time(make_sdk: Callable[..., Any], url: str) -> None:
    took = []
    for _ in range(TRIES):
        sdk = make_sdk(url, timeout=TIMEOUT)
        time.sleep(0.05)  # let httpx load: a busy machine may take longer for that than for the call
        start = time.perf_counter()
        decision = sdk.touchpoint("payment", "u-1")
        took.append(time.perf_counter() - start)
        assert (decision.ask, decision.reason) == (False, "unavailable")
        if min(took) <= TIMEOUT + ALLOWED:
            break
    assert min(took) <= TIMEOUT + ALLOWED


@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS)
def test_a_touchpoint_returns_in_time_from(
    make_sdk: Callable[..., Any], misbehaving: Callable[[Misbehaviour], str], misbehaviour: str
) -> None:
    _returns_in_time(make_sdk, misbehaving(MISBEHAVIOURS[misbehaviour]))


def test_a_touchpoint_returns_in_time_when_nothing_listens(make_sdk: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    _returns_in_time(make_sdk, url)


def test_a_touchpoint_returns_in_time_when_connecting_hangs(make_sdk: Callable[..., Any]) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # a full backlog answers no SYN: what a firewall that drops packets looks like
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        _returns_in_time(make_sdk, f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_a_touchpoint_returns_in_time_when_the_name_lookup_hangs(
    make_sdk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> list[Any]:
        time.sleep(1.5)
        raise socket.gaierror("no answer from the name server")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    _returns_in_time(make_sdk, "http://gateway.test")


def test_a_connection_that_drips_for_ever_is_cut_and_its_thread_comes_back(
    make_kind: Callable[..., Any], misbehaving: Callable[[Misbehaviour], str]
) -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) != b"P":
            return
        try:
            _drip(connection, b"HTTP/1.1 200 OK\r\nx: ", b"a")
        except OSError:
            ended.set()

    sdk = make_kind("threads", misbehaving(drip), timeout=0.2)
    assert sdk.touchpoint("payment", "u-1").reason == "unavailable"
    eventually(ended.is_set)


def test_many_threads_get_their_own_answers(make_sdk: Callable[..., Any], little_gateway: Any) -> None:
    sdk = make_sdk(little_gateway.url, timeout=10.0)
    wrong: list[str] = []

    def call(number: int) -> None:
        for turn in range(5):
            event = f"{number}-{turn}"
            decision = sdk.touchpoint("payment", f"u-{number}", event_id=event)
            if decision.event_id != event or not decision.ask:
                wrong.append(event)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(little_gateway.calls) == 200
