"""Forked children work and refresh, and nothing counted is lost or counted twice when an interpreter exits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

START = """
import os, sys, threading, time, traceback, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later: a fork beside threads is what is tried
from tactful import Tactful
def wait(done):
    end = time.monotonic() + 50
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
fork = os.fork
def in_child(work):
    pid = fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    deadline = time.monotonic() + 50
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, 9)
        time.sleep(0.005)
    assert ended[1] == 0, ended
"""
UNSEEN = """
import ctypes
fork = ctypes.PyDLL(None).fork  # with the interpreter's lock held, as uWSGI does it
os.register_at_fork(after_in_child=lambda: os._exit(9))  # and no hook is run
"""
FORKS = pytest.mark.parametrize("start", [START, START + UNSEEN], ids=["a fork", "a fork that Python is not told of"])

MAKE_IDS = """
sdk = Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None)
wait(lambda: sdk.status().version)
sdk.touchpoint("payment", "parent")
def work():
    made = [sdk.touchpoint("payment", "child") for _ in range(500)]
    assert {decision.reason for decision in made} == {"no_rule"}
    print(*(decision.event_id for decision in made), sep="\\n", flush=True)
    assert sdk.flush(5)
for _ in range(4):
    in_child(work)
work()
sdk.close()
"""


def _counted(gateway: Any) -> int:
    return sum(row["count"] for report in gateway.reports for row in report["touchpoints"])


@FORKS
def test_a_child_forked_after_construction_asks_and_follows_the_ruleset(
    run_program: Callable[..., str], little_gateway: Any, start: str
) -> None:
    little_gateway.publish("payment", refresh=0)
    run_program(
        start
        + """
sdk = Tactful(sys.argv[1], key="sk_test", refresh=0.1, timeout=5, cache_dir=None)
wait(lambda: sdk.status().version)
def work():
    assert sdk.touchpoint("payment", "child").ask
    before = sdk.status().rules_age
    wait(lambda: sdk.status().rules_age < before or sdk.status().rules_age < 0.05)
    assert sdk.touchpoint("nowhere", "child").reason == "unknown_touchpoint"
    names = {thread.name for thread in threading.enumerate()}
    assert "tactful-background" in names, names
    assert sdk.flush(5)
in_child(work)
assert sdk.touchpoint("payment", "parent").ask
sdk.close()
""",
        little_gateway.url,
    )
    assert sorted(call["person"] for call in little_gateway.calls) == ["child", "parent"]
    assert _counted(little_gateway) == 3


def test_a_fork_while_httpx_is_loading_leaves_a_child_that_works(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    run_program(
        START
        + """
sdk = Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None)
for delay in (0, 0.01, 0.03):
    time.sleep(delay)
    def work():
        assert sdk.touchpoint("payment", "child").ask
    in_child(work)
""",
        little_gateway.url,
    )
    assert len(little_gateway.calls) == 3


def test_a_child_does_not_send_what_its_parent_will(run_program: Callable[..., str], little_gateway: Any) -> None:
    little_gateway.publish("payment")
    run_program(
        START
        + """
sdk = Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None)
wait(lambda: sdk.status().version)
sdk.touchpoint("nowhere", "parent")
pid = os.fork()
if pid == 0:
    sdk.touchpoint("nowhere", "child")
    sys.exit(0)
os.waitpid(pid, 0)
""",
        little_gateway.url,
    )
    assert [sum(row["count"] for row in report["touchpoints"]) for report in little_gateway.reports] == [1, 1]


@FORKS
def test_forked_children_and_their_parent_never_make_the_same_id(
    run_program: Callable[..., str], little_gateway: Any, start: str
) -> None:
    little_gateway.publish("payment", at_least=30)
    said = run_program(start + MAKE_IDS, little_gateway.url).split()
    assert (len(said), len(set(said))) == (2500, 2500)
    assert _counted(little_gateway) == 2501


def test_a_signal_handler_may_call_a_touchpoint_while_its_thread_is_in_one(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    little_gateway.publish("payment", at_least=30)
    run_program(
        START
        + """
import signal
sdk = Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None)
wait(lambda: sdk.status().version)
handled = 0
def handle(*_):
    global handled
    handled += 1
    assert sdk.touchpoint("payment", "handler").reason == "no_rule"
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while handled < 500:
    for _ in range(100):
        sdk.touchpoint("payment", "u-1")
signal.setitimer(signal.ITIMER_REAL, 0)
assert sdk.flush(5)
""",
        little_gateway.url,
    )


def test_a_fork_from_a_busy_process_never_hangs_a_child(run_program: Callable[..., str], little_gateway: Any) -> None:
    run_program(
        START
        + """
sdk = Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None, report_every=0.05, refresh=0.05)
stop = threading.Event()
def load():
    while not stop.is_set():
        sdk.touchpoint("payment", "parent")
threads = [threading.Thread(target=load, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
def work():
    assert sdk.touchpoint("payment", "child").ask
for _ in range(15):
    in_child(work)
stop.set()
for thread in threads:
    thread.join()
""",
        little_gateway.url,
        timeout=40.0,
    )
    assert sum(call["person"] == "child" for call in little_gateway.calls) == 15


def test_the_exit_sends_what_is_counted_and_queued(run_program: Callable[..., str], little_gateway: Any) -> None:
    run_program(
        START
        + """
sdk = Tactful(sys.argv[1], key="sk_test", cache_dir=None)
for number in range(20):
    sdk.touchpoint("payment", "u-1", background=True)
""",
        little_gateway.url,
    )
    assert len(little_gateway.calls) == 20
    assert _counted(little_gateway) == 20


def test_the_exit_of_an_asyncio_program_that_forgot_to_close_sends_it_too(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    run_program(
        """
import asyncio, sys
from tactful import AsyncTactful
sdk = AsyncTactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=5)
async def main():
    assert (await sdk.touchpoint("payment", "u-1")).ask
    await sdk.touchpoint("payment", "u-2", background=True)
asyncio.run(main())
async def again():
    assert (await sdk.touchpoint("payment", "u-3")).ask
asyncio.run(again())
""",
        little_gateway.url,
    )
    assert {call["person"] for call in little_gateway.calls} == {"u-1", "u-2", "u-3"}
    assert _counted(little_gateway) == 3


def test_the_exit_waits_at_most_two_seconds_for_a_silent_gateway(run_program: Callable[..., str]) -> None:
    said = run_program(
        START
        + """
import socket
listener = socket.create_server(("127.0.0.1", 0))
sdk = Tactful("http://127.0.0.1:%d" % listener.getsockname()[1], key="sk_test", cache_dir=None)
sdk.touchpoint("payment", "u-1", background=True)
sdk.touchpoint("payment", "u-1")
print(time.time())
"""
    )
    assert time.time() - float(said.split()[0]) < 4.0  # the two seconds, and what a busy machine needs to end a process


def test_a_client_that_is_dropped_ends_its_threads(run_program: Callable[..., str], little_gateway: Any) -> None:
    run_program(
        START
        + """
import gc
sdk = Tactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=5)
assert sdk.touchpoint("payment", "u-1").ask
del sdk
gc.collect()
wait(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("tactful")])
""",
        little_gateway.url,
    )
