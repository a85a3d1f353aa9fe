"""The examples under the servers that their README names, in front of the real gateway."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.eventually import eventually
from tests.sdk.serving import served

EXAMPLES = Path(__file__).parents[3] / "examples" / "frameworks"
PYTHON = [sys.executable, "-m"]
SHOPS = {
    "fastapi": (EXAMPLES, [*PYTHON, "uvicorn", "fastapi_shop:app", "--port", "{port}"], "/pay"),
    "flask": (EXAMPLES, [*PYTHON, "gunicorn", "--preload", "flask_shop:app", "-b", "127.0.0.1:{port}"], "/pay"),
    "django": (EXAMPLES / "django_shop", [*PYTHON, "gunicorn", "shop.wsgi", "-b", "127.0.0.1:{port}"], "/pay"),
    "django, async": (
        EXAMPLES / "django_shop",
        [*PYTHON, "uvicorn", "shop.asgi:application", "--port", "{port}"],
        "/pay/async",
    ),
}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1"


@contextmanager
def _open(shop: str, gateway: RunningGateway, log: Path) -> Iterator[httpx.Client]:
    folder, command, _ = SHOPS[shop]
    environ = {"TACTFUL_URL": gateway.url, "TACTFUL_KEY": gateway.keys["sk"], "PYTHONDONTWRITEBYTECODE": "1"}
    environ |= {"HOME": str(log.parent), "XDG_CACHE_HOME": str(log.parent)}
    with served(command, folder, environ, log) as browser:
        browser.headers.update({"user-agent": PHONE, "accept-language": "zh-CN, en;q=0.5"})
        yield browser


@pytest.mark.parametrize("shop", SHOPS)
def test_who_pays_is_asked_once_in_the_browsers_language(
    shop: str, running_gateway: Callable[..., RunningGateway], tmp_path: Path
) -> None:
    gateway = running_gateway()
    with _open(shop, gateway, tmp_path / "log") as browser:
        browser.get("/in/u-42").raise_for_status()

        def pay() -> str:
            paid = browser.post(SHOPS[shop][2])
            assert paid.status_code == 200, (tmp_path / "log").read_text()
            return paid.text if "How was it" in paid.text else ""

        # A busy machine may need longer than the SDK's timeout for the first call.
        asked = eventually(pay, otherwise=(tmp_path / "log").read_text)
        found = re.search(r'href="([^"]+/i/[^"]+)"', asked)
        assert found is not None, (tmp_path / "log").read_text()
        assert "您的支付" in httpx.get(found[1], headers={"accept-language": "en"}).text
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    with sqlite3.connect(tmp_path / "data" / "tactful.db") as db:
        (body,) = db.execute("SELECT body FROM journal WHERE type = 'tactful.invitation.created'").fetchone()
        counted = db.execute("SELECT reason FROM counted WHERE source = 'sdk'").fetchall()
    db.close()
    assert b'"u-42"' in body
    assert b'"phone"' in body
    assert ("asked",) in counted


def test_the_project_checks_itself(running_gateway: Callable[..., RunningGateway], tmp_path: Path) -> None:
    environ = os.environ | {"TACTFUL_URL": "http://127.0.0.1:9", "TACTFUL_KEY": "sk_x", "HOME": str(tmp_path)}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    folder = EXAMPLES / "django_shop"
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
