"""A fork that Python is not told of, as uWSGI makes them: no hook runs, and inherited locks stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sdk.process.test_fork_and_exit import MAKE_IDS, START

RAW = """
import ctypes
fork = ctypes.PyDLL(None).fork  # with the interpreter's lock held, as uWSGI does it
os.register_at_fork(after_in_child=lambda: os._exit(9))  # and no hook is run
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
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, 9)
        time.sleep(0.01)
    assert ended[1] == 0, ended
"""


def _counted(gateway: Any) -> int:
    return sum(row["count"] for report in gateway.reports for row in report["touchpoints"])


def test_a_child_asks_follows_the_ruleset_and_reports_its_own(
    run_program: Callable[..., str], little_gateway: Any
) -> None:
    little_gateway.publish("payment", refresh=0)
    run_program(
        START
        + RAW
        + """
sdk = Tactful(sys.argv[1], key="sk_test", refresh=0.1, timeout=5, cache_dir=None)
wait(lambda: sdk.status().version)
sdk.touchpoint("nowhere", "parent")
def work():
    assert sdk.touchpoint("payment", "child").ask
    for _ in range(3):
        before = sdk.status().rules_age
        wait(lambda: sdk.status().rules_age < before or sdk.status().rules_age < 0.05)
    assert sdk.flush(5)
for _ in range(3):
    in_child(work)
assert sdk.touchpoint("payment", "parent").ask
sdk.close()
""",
        little_gateway.url,
    )
    assert sorted(call["person"] for call in little_gateway.calls) == ["child"] * 3 + ["parent"]
    assert _counted(little_gateway) == 5


def test_children_and_their_parent_never_make_the_same_id(run_program: Callable[..., str], little_gateway: Any) -> None:
    little_gateway.publish("payment", at_least=30)
    said = run_program(START + RAW + MAKE_IDS, little_gateway.url).split()
    assert (len(said), len(set(said))) == (2500, 2500)
    assert _counted(little_gateway) == 2501
