"""Real application servers in front of the real gateway: each worker asks, follows the rules and reports by itself.

They are told to end when the last answer is out but its request is not over. That is when `--die-on-term` makes uWSGI
end a worker without Python's exit hooks, so this runs it as docs/frameworks.md says.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import SURVEY, RunningGateway
from tests.eventually import eventually
from tests.sdk.serving import served

APP = """
import json, os, time, tactful
from tactful.wsgi import TactfulMiddleware
sdk = tactful.Tactful(os.environ["URL"], key=os.environ["KEY"], cache_dir=None, timeout=5.0)
if "PRELOADED" in os.environ:
    assert sdk.wait_ready(20)  # the master has the first ruleset, threads and a connection
class Body(list):
    def close(self):
        time.sleep(0.3)  # the answer is out, the request is not over
def shop(environ, start_response):
    paying = environ["PATH_INFO"] == "/pay"
    reason = sdk.touchpoint("payment" if paying else "nowhere").reason
    body = json.dumps([os.getpid(), reason, sdk.status().version]).encode()
    start_response("200 OK", [("content-type", "application/json"), ("content-length", str(len(body)))])
    return [body] if paying else Body([body])
app = TactfulMiddleware(shop, person=lambda environ: f"u-{time.time_ns()}")
"""
APP_ASYNC = """
import asyncio, json, os, time, tactful
from tactful.asgi import TactfulMiddleware
sdk = tactful.AsyncTactful(os.environ["URL"], key=os.environ["KEY"], cache_dir=None, timeout=5.0)
async def shop(scope, receive, send):
    assert scope["type"] == "http"
    paying = scope["path"] == "/pay"
    reason = (await sdk.touchpoint("payment" if paying else "nowhere")).reason
    body = json.dumps([os.getpid(), reason, sdk.status().version]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
    if not paying:
        await asyncio.sleep(0.3)
app = TactfulMiddleware(shop, person=lambda scope: f"u-{time.time_ns()}")
"""
GUNICORN = [sys.executable, "-m", "gunicorn", "app:app", "--preload", "--workers", "2", "--bind", "127.0.0.1:{port}"]
UWSGI = [
    *(sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()", "--master", "--processes", "2", "--enable-threads"),
    *("--hook-master-start", "unix_signal:15 gracefully_kill_them_all"),
    *("--http-socket", "127.0.0.1:{port}", "--module", "app:app"),
]
UVICORN = [sys.executable, "-m", "uvicorn", "app:app", "--workers", "2", "--port", "{port}"]
SERVERS = {
    "gunicorn": GUNICORN,
    "gunicorn, threads": [*GUNICORN, "--worker-class", "gthread", "--threads", "4"],
    "gunicorn, gevent": [*GUNICORN, "--worker-class", "gevent"],
    "uwsgi": UWSGI,
    "uvicorn": UVICORN,
}
CASES = [
    (server, preloaded) for server in SERVERS for preloaded in (True, False) if server != "uvicorn" or not preloaded
]
"""Workers that begin after the master has the first rules, or at once; those of uvicorn have no master with an app."""
CHANGED = SURVEY.replace("any-payment:", "every-payment:")


@contextmanager
def _served(server: str, folder: Path, gateway: RunningGateway, preloaded: bool) -> Iterator[httpx.Client]:
    (folder / "app.py").write_text(APP_ASYNC if server == "uvicorn" else APP)
    environ = {"URL": gateway.url, "KEY": gateway.keys["sk"], "PYTHONPATH": str(folder)}
    if preloaded:
        environ["PRELOADED"] = "1"
    with served(SERVERS[server], folder, environ, folder / "log") as browser:
        yield browser


def _counted(database: Path) -> dict[str, int]:
    with sqlite3.connect(database) as db:
        rows = db.execute("SELECT reason, sum(count) FROM counted WHERE source = 'sdk' GROUP BY reason").fetchall()
    db.close()
    return dict(rows)


@pytest.mark.parametrize(("server", "preloaded"), CASES)
def test_every_worker_asks_follows_the_rules_and_reports(
    server: str,
    preloaded: bool,
    running_gateway: Callable[..., RunningGateway],
    tmp_path: Path,
) -> None:
    gateway = running_gateway(watch=True)
    calls = 0
    with _served(server, tmp_path, gateway, preloaded) as browser:
        rulesets = gateway.gateway.services.rulesets
        first = rulesets.active.version
        (gateway.folder / "survey.yaml").write_text(CHANGED)
        eventually(lambda: rulesets.active.version != first)
        versions: dict[int, str] = {}

        def pay() -> bool:
            nonlocal calls
            pid, reason, version = json.loads(browser.get("/pay").content)
            calls += 1
            assert reason == "asked"
            versions[pid] = version
            return len(versions) > 1 and set(versions.values()) == {rulesets.active.version}

        eventually(pay, otherwise=lambda: (versions, (tmp_path / "log").read_text()))
        assert json.loads(browser.get("/").content)[1] == "unknown_touchpoint"
    assert _counted(tmp_path / "data" / "tactful.db") == {"asked": calls, "unknown_touchpoint": 1}
