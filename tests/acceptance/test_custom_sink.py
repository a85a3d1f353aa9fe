"""The example of a sink in a package of its own: installed, held to the shipped suite, and served."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import SURVEY, Served
from tests.acceptance.test_serve import cli
from tests.eventually import eventually

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_sink"
SINK = """
sinks:
  answers: {kind: sqlite, path: "%s", table: answers}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install the package as anybody would, but beside our environment; give where it is."""
    source, target = tmp_path_factory.mktemp("source") / "custom_sink", tmp_path_factory.mktemp("installed")
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    command = [*pip, "--no-build-isolation", "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return str(target)


def test_it_passes_the_suite_that_is_shipped_for_every_sink(installed: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    shutil.copy(EXAMPLE / "test_tactful_sqlite_sink.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": installed},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 passed" in done.stdout


def test_check_knows_its_options_once_it_is_installed(installed: str, tmp_path: Path) -> None:
    (tmp_path / "survey.yaml").write_text(SURVEY + SINK % "answers.db", encoding="utf-8")
    without = cli("check", str(tmp_path))
    assert (without.returncode, "unknown_kind" in without.stdout) == (1, True)
    assert cli("check", str(tmp_path), PYTHONPATH=installed).returncode == 0
    (tmp_path / "survey.yaml").write_text(SURVEY + (SINK % "a").replace("table: answers", "tabel: a"), encoding="utf-8")
    wrong = cli("check", str(tmp_path), PYTHONPATH=installed)
    assert (wrong.returncode, "table" in wrong.stdout) == (1, True)


def test_a_gateway_delivers_to_it_and_an_operator_replays(
    serve: Callable[..., Served], installed: str, tmp_path: Path
) -> None:
    file = tmp_path / "answers.db"
    db = f"sqlite:///{tmp_path / 'tactful.db'}"  # a running gateway notices new keys only within seconds
    sk, ak = (cli("keys", "create", "--kind", kind, "--db", db).stdout.strip() for kind in ("sk", "ak"))
    served = serve(SURVEY + SINK % file, PYTHONPATH=installed)
    key = {"authorization": f"Bearer {sk}"}
    event = {"touchpoint": "payment", "person": "u-1", "reach": {"web": True}}
    asked = httpx.post(f"{served.url}/v1/touchpoints", headers=key, json=event)
    token = asked.json()["invitation"]["token"]
    body = {"answers": {"score": 2}, "complete": True}
    assert httpx.put(f"{served.url}/v1/invitations/{token}/response", json=body).status_code == 202

    def rows() -> list[tuple[str, int]]:
        if not file.exists():
            return []
        with closing(sqlite3.connect(file)) as db:
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'answers'").fetchone():
                return []
            return db.execute("SELECT person, event ->> '$.data.answers.score' FROM answers").fetchall()

    eventually(rows)
    operator = {"TACTFUL_ADMIN_KEY": ak, "TACTFUL_GATEWAY": served.url}
    replayed = cli("sinks", "replay", "answers", "--from", "beginning", **operator)
    assert replayed.returncode == 0, replayed.stderr
    assert rows() == [("u-1", 2)], "an id that is there already is a repeat"
    assert cli("sinks", "status", **operator).returncode == 0
