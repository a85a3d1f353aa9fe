"""A process that gevent has patched: greenlets wait for their own answers, and everybody else goes on meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

PATCHED = """
from gevent import monkey
monkey.patch_all()
import gevent, os, sys, time
import tactful
sdk = tactful.Tactful(sys.argv[1], key="sk_test", timeout=float(sys.argv[2]), cache_dir=None)
"""


def test_greenlets_get_their_own_answers_and_reports_go_out(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    little_gateway.publish("payment")
    out = run_program(
        PATCHED
        + """
from tactful.context import carry
assert sdk.wait_ready(20)
def handle(number):
    with carry(f"u-{number}"):
        gevent.sleep(0.001 * (number % 5))
        return sdk.touchpoint("payment", event_id=f"u-{number}").event_id
jobs = [gevent.spawn(handle, number) for number in range(100)]
gevent.joinall(jobs, timeout=20)
print(sorted(job.value for job in jobs) == sorted(f"u-{number}" for number in range(100)))
print(sdk.touchpoint("nowhere", "u-1").reason, flush=True)
""",
        little_gateway.url,
        "10",
    )
    assert out.splitlines()[:2] == ["True", "unknown_touchpoint"]
    assert len(little_gateway.calls) == 100
    assert all(call["person"] == call["event_id"] for call in little_gateway.calls)
    assert sum(row["count"] for report in little_gateway.reports for row in report["touchpoints"]) == 101


def test_a_silent_gateway_holds_one_greenlet_for_its_timeout_and_no_other(run_program: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        out = run_program(
            PATCHED
            + """
sdk.wait_ready(0.2)
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)
ticker = gevent.spawn(tick)
start = time.monotonic()
reason = sdk.touchpoint("payment", "u-1").reason
took = time.monotonic() - start
ticker.kill()
print(reason, took < 0.8, len(ticks) > 5)
""",
            f"http://127.0.0.1:{silent.getsockname()[1]}",
            "0.4",
        )
    assert out.splitlines()[0] == "unavailable True True"


def test_a_forked_child_of_a_patched_process_works(run_program: Callable[..., str], little_gateway: Any) -> None:
    little_gateway.publish("payment")
    run_program(
        PATCHED
        + """
assert sdk.wait_ready(20)
pid = os.fork()
if pid == 0:
    assert sdk.touchpoint("payment", "child").ask
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert sdk.touchpoint("payment", "parent").ask
""",
        little_gateway.url,
        "5",
    )
    assert sorted(call["person"] for call in little_gateway.calls) == ["child", "parent"]
    assert sum(row["count"] for report in little_gateway.reports for row in report["touchpoints"]) == 2


@pytest.mark.parametrize("early", [True, False], ids=["used before", "made before"])
def test_a_client_made_before_patching_works_in_a_forked_child_that_patches(
    run_program: Callable[..., str], little_gateway: Any, early: bool
) -> None:
    """What gunicorn does with `--preload -k gevent`."""
    little_gateway.publish("payment")
    run_program(
        """
import os, sys, tactful
sdk = tactful.Tactful(sys.argv[1], key="sk_test", timeout=5, cache_dir=None)
if sys.argv[2] == "True":
    assert sdk.touchpoint("payment", "parent").ask
pid = os.fork()
if pid == 0:
    import warnings
    from gevent import monkey
    warnings.simplefilter("ignore")
    monkey.patch_all()
    import gevent
    jobs = [gevent.spawn(sdk.touchpoint, "payment", f"child-{number}") for number in range(5)]
    gevent.joinall(jobs, timeout=10)
    assert all(job.value.ask for job in jobs)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
""",
        little_gateway.url,
        str(early),
    )
    assert sum(call["person"].startswith("child") for call in little_gateway.calls) == 5
    assert sum(row["count"] for report in little_gateway.reports for row in report["touchpoints"]) == 5 + early
