"""Children of `multiprocessing`, however they are started, ask and send what they counted before they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

WORKER = """
import asyncio, os, tactful
OPTIONS = {"key": "sk_test", "cache_dir": None, "timeout": 10.0, "report_every": 3600.0}
sdk = tactful.Tactful(os.environ["URL"], **OPTIONS)
later = tactful.AsyncTactful(os.environ["URL"], **OPTIONS)
def ask(name):
    return os.getpid(), sdk.touchpoint("payment", name).reason
async def both(name):
    return os.getpid(), (await later.touchpoint("payment", name)).reason
def ask_async(name):
    return asyncio.run(both(name))
def queue(name):
    assert sdk.wait_ready(20)  # else loading httpx would take its share of the exit's two seconds
    sdk.touchpoint("payment", name, background=True)
"""
MAIN = """
import multiprocessing, os, pathlib, sys
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    os.environ["URL"] = sys.argv[1]
    pathlib.Path("worker.py").write_text({worker!r})
    sys.path.insert(0, os.getcwd())
    import worker
    assert worker.sdk.wait_ready(20)
    context = multiprocessing.get_context({method!r})
"""
METHODS = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])


@pytest.fixture
def run(run_program: Callable[..., str], little_gateway: Any) -> Callable[[str, str], str]:
    little_gateway.publish("payment")

    def run(method: str, body: str) -> str:
        return run_program(MAIN.format(worker=WORKER, method=method) + body, little_gateway.url)

    return run


def _counted(gateway: Any) -> int:
    return sum(row["count"] for report in gateway.reports for row in report["touchpoints"])


@METHODS
def test_a_pools_workers_ask_and_report(run: Callable[..., str], little_gateway: Any, method: str) -> None:
    out = run(
        method,
        """
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        answers = list(pool.map(worker.ask, [f"u-{n}" for n in range(10)]))
    assert {reason for _, reason in answers} == {"asked"}, answers
    assert os.getpid() not in {pid for pid, _ in answers}
""",
    )
    assert "Error" not in out
    assert len(little_gateway.calls) == 10
    assert _counted(little_gateway) == 10


@METHODS
def test_a_process_sends_what_it_queued_before_it_ends(
    run: Callable[..., str], little_gateway: Any, method: str
) -> None:
    run(
        method,
        """
    children = [context.Process(target=worker.queue, args=(f"u-{n}",)) for n in range(3)]
    for child in children:  # one after the other: each has two seconds to flush, on whatever machine this is
        child.start()
        child.join(20)
        assert child.exitcode == 0
""",
    )
    assert {call["person"] for call in little_gateway.calls} == {"u-0", "u-1", "u-2"}
    assert _counted(little_gateway) == 3


def test_an_asyncio_client_in_a_forked_process_reports_as_well(run: Callable[..., str], little_gateway: Any) -> None:
    run(
        "fork",
        """
    with context.Pool(2) as pool:
        answers = pool.map(worker.ask_async, [f"u-{n}" for n in range(4)])
        pool.close()
        pool.join()
    assert {reason for _, reason in answers} == {"asked"}, answers
""",
    )
    assert _counted(little_gateway) == 4


@METHODS
def test_a_child_that_calls_nothing_sends_nothing_and_ends_at_once(
    run: Callable[..., str], little_gateway: Any, method: str
) -> None:
    run(
        method,
        """
    child = context.Process(target=print, args=("ends",))
    child.start()
    child.join(20)
    assert child.exitcode == 0
""",
    )
    assert little_gateway.calls == []
    assert little_gateway.reports == []
