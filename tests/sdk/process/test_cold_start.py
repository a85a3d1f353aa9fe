"""A client made and called in the same breath waits for its own start, or says clearly that it did not get there."""

from __future__ import annotations

from collections.abc import Callable

SLOW_START = """
import importlib.abc, sys, time
class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "httpx":
            time.sleep(float(sys.argv[2]))
sys.meta_path.insert(0, Slow())
import logging
logging.basicConfig(format="%(levelname)s %(message)s")
import asyncio, time, tactful
"""
THREADS = """
sdk = tactful.Tactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=0.3)
"""
SCRIPT = """
start = time.monotonic()
reasons = [sdk.touchpoint("payment", "u-1").reason for _ in range(3)]
print(reasons[0], time.monotonic() - start < 0.3 * 3 + 0.3, sdk.status().circuit)
print(sdk.wait_ready(), sdk.touchpoint("payment", "u-1").reason)
sdk.close(0.1)
"""
ASYNC_SCRIPT = """
async def main():
    sdk = tactful.AsyncTactful(sys.argv[1], key="sk_test", cache_dir=None, timeout=0.3)
    start = time.monotonic()
    reasons = [(await sdk.touchpoint("payment", "u-1")).reason for _ in range(3)]
    print(reasons[0], time.monotonic() - start < 0.3 * 3 + 0.3, sdk.status().circuit)
    print(await sdk.wait_ready(), (await sdk.touchpoint("payment", "u-1")).reason)
    await sdk.close(0.1)
asyncio.run(main())
"""
ADVICE = "construct it at start-up, or call wait_ready()"


def test_a_call_during_a_slow_start_says_why_it_was_not_answered_and_the_next_ones_are(
    run_program: Callable[..., str], little_gateway: object
) -> None:
    little_gateway.publish("payment")  # type: ignore[attr-defined]  # a LittleGateway
    for script in (THREADS + SCRIPT, ASYNC_SCRIPT):
        out = run_program(SLOW_START + script, little_gateway.url, "1.5")  # type: ignore[attr-defined]  # the same
        assert "unavailable True closed\n" in out
        assert "True asked\n" in out
        assert out.count(ADVICE) == 1
        assert "-0." not in out


def test_the_constructor_does_not_wait_for_httpx_but_starts_loading_it(run_program: Callable[..., str]) -> None:
    for make in (THREADS, THREADS.replace("Tactful(", "AsyncTactful(")):
        program = f"{SLOW_START}start = time.monotonic()\n{make}\nprint(time.monotonic() - start < 0.8)"
        wait = "deadline = time.monotonic() + 50\nwhile 'httpx._main' not in sys.modules and 'httpx' not in sys.modules"
        wait += " and time.monotonic() < deadline: time.sleep(0.01)\nprint('httpx' in sys.modules)"
        assert run_program(f"{program}\n{wait}", "http://127.0.0.1:9", "1.0").split()[:2] == ["True", "True"]


def test_importing_starts_nothing(run_program: Callable[..., str]) -> None:
    out = run_program("import sys, threading, tactful\nprint('httpx' in sys.modules, threading.active_count())")
    assert out.split() == ["False", "1"]
