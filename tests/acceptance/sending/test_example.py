"""The example of a sent channel works as its README says, without an account anywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.sending.conftest import TURN, Clock
from tests.acceptance.test_serve import cli

EXAMPLE = Path(__file__).parents[3] / "examples" / "mail"


@pytest.fixture
def catcher() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, EXAMPLE / "catcher.py", "0"], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


def test_a_mail_with_a_link_appears_at_the_catcher(
    catcher: subprocess.Popen[str], serve: Callable[..., Any], tmp_path: Path
) -> None:
    assert catcher.stdout is not None
    server = catcher.stdout.readline().split()[-1]
    clock = Clock(tmp_path / "turned-by")
    clock.set("2026-03-02T12:00:00Z")
    db = f"sqlite:///{tmp_path / 'tactful.db'}"
    key = cli("keys", "create", "--kind", "sk", "--db", db).stdout.strip()
    survey = (EXAMPLE / "survey" / "survey.yaml").read_text("utf-8")
    served = serve(survey, prelude=TURN, MAIL_SERVER=server, TURNED_BY=str(clock.path))
    assert served.url, "\n".join(served.log)
    said = [_pay(served.url, key) for _ in range(2)]
    assert said == ["sending", "pending"]
    mail = ""
    while not (link := re.search(r"http://\S+/i/[\w-]{43}(?!\S)", mail)):
        mail += catcher.stdout.readline()
    assert "To: ada@example.com" in mail
    assert "Subject: Your order" in mail
    assert "How was paying?" in httpx.get(link[0]).text
    assert any('"no_public_url"' in line for line in served.log)


def _pay(url: str, key: str) -> str:
    environ = {**os.environ, "TACTFUL_URL": url, "TACTFUL_KEY": key}
    command = [sys.executable, EXAMPLE / "pay.py", "ada@example.com"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
