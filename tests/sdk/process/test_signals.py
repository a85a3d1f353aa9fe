"""A signal handler may use the client, whatever it interrupted; the main thread never waits for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

START = """
import faulthandler, logging, os, signal, sys, threading, time
from tactful import Tactful
from tactful.testing import FakeTactful, asked
faulthandler.dump_traceback_later(50, exit=True)
"""
IN_START_OF = """
started = threading.Thread.start
def start(thread):
    if thread.name == sys.argv[2] and threading.current_thread() is threading.main_thread():
        threading.Thread.start, wait = started, thread._started.wait
        thread._started.wait = lambda *_: (os.kill(os.getpid(), signal.SIGTERM), wait())
    started(thread)
def interrupt_next_start():
    threading.Thread.start = start
"""


@pytest.mark.parametrize("thread", ["tactful-background", "tactful-call"])
@pytest.mark.parametrize("use", ["touchpoint('payment', 'u-2').reason", "flush(30)", "wait_ready(30)", "close(30)"])
def test_a_handler_may_use_the_client_while_a_thread_of_it_starts(
    run_program: Callable[..., str], little_gateway: Any, thread: str, use: str
) -> None:
    little_gateway.publish("payment")
    little_gateway.answers = {"payment": "paused"}
    out = run_program(
        START
        + IN_START_OF
        + f"""
used = []
def handle(*_):
    used.append(sdk.{use})
    print("handled in time", time.monotonic() - begun < 15)
signal.signal(signal.SIGTERM, handle)
sdk = Tactful(sys.argv[1], key="sk_test", cache_dir=None, timeout={2 if "close" in use else 30})
if sys.argv[2] == "tactful-background":  # as in a child of a fork, whose first call starts it
    sdk._driver = sdk._driver.successor()
else:
    assert sdk.wait_ready()
    sdk._driver._crew = type(sdk._driver._crew)()  # as when every thread is busy
begun = time.monotonic()
interrupt_next_start()
reason = sdk.touchpoint("payment", "u-1").reason
assert used, "the handler did not run"
print(reason, *used)
""",
        little_gateway.url,
        thread,
    )
    assert "handled in time True" in out
    if "close" not in use:
        assert out.split()[4] == "paused"


def test_a_handler_may_end_the_program_while_a_call_is_under_way(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    little_gateway.publish("payment")
    out = run_program(
        START
        + IN_START_OF
        + """
def handle(*_):
    sdk.close()
    print("closed", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, handle)
sdk = Tactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=3)
sdk.touchpoint("payment", "u-1")
sdk._driver._crew = type(sdk._driver._crew)()
interrupt_next_start()
sdk.touchpoint("payment", "u-2")
""",
        little_gateway.url,
        "tactful-call",
    )
    assert out == "closed\n"
    counted = {report["id"]: report for report in little_gateway.reports}
    assert sum(row["count"] for report in counted.values() for row in report["touchpoints"]) >= 1


def test_a_storm_of_signals_that_call_touchpoints_hangs_nothing(run_program: Callable[..., str]) -> None:
    out = run_program(
        START
        + """
logging.disable(logging.CRITICAL)
current, handled, made = None, 0, 0
def handle(*_):
    global handled
    if current is not None:
        handled += 1
        current.touchpoint("payment", "u-2", background=handled % 2 == 0)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0007)
end = time.monotonic() + 4
while time.monotonic() < end:
    with FakeTactful({"payment": asked()}, timeout=0.3) as current:
        for _ in range(5):
            current.touchpoint("payment", "u-1")
        current.flush(0.5)
    current, made = None, made + 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(made > 3, handled > 100)
""",
    )
    assert out == "True True\n"
