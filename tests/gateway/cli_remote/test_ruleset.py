"""`tactful ruleset`: what went live when, and the way back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.cli_remote.conftest import RULES, Run


@pytest.fixture
def two_versions(run: Run, survey: Path) -> Path:
    """Publish two versions."""
    assert run("publish", survey, "-m", "first").returncode == 0
    (survey / "rules.yaml").write_text(RULES.replace("How was", "And how was"), encoding="utf-8")
    assert run("publish", survey, "-m", "second [bold]").returncode == 0
    return survey


def test_versions_are_listed_newest_first(run: Run, two_versions: Path) -> None:
    lines = run("ruleset", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["version", "2", "1"]
    assert "at (UTC)" in lines[0]
    assert "second [bold]" in lines[1]
    assert "published" in lines[1]
    page = json.loads(run("ruleset", "list", "--limit", "1", "--json").stdout)
    assert ([it["message"] for it in page["versions"]], page["next"]) == (["second [bold]"], 2)
    page = json.loads(run("ruleset", "list", "--before", "2", "--json").stdout)
    assert ([it["number"] for it in page["versions"]], page["next"]) == ([1], None)


def test_no_versions_are_said_in_a_line_and_not_by_a_table_without_rows(run: Run, gateway: Any, survey: Path) -> None:
    assert run("ruleset", "list").stdout == f"No version went live at {gateway.url}.\n"
    assert json.loads(run("ruleset", "list", "--json").stdout) == {"versions": [], "next": None}
    assert run("publish", survey).returncode == 0
    assert run("ruleset", "list", "--before", "1").stdout == f"No version went live before 1 at {gateway.url}.\n"


def test_a_version_is_shown_and_written_back_byte_for_byte(run: Run, two_versions: Path, tmp_path: Path) -> None:
    assert "text: How was paying?" in run("ruleset", "show", "1").stdout
    out = tmp_path / "out"
    assert run("ruleset", "show", "2", "--out", out).returncode == 0
    for name in ("rules.yaml", "more/owners.yml"):
        assert (out / name).read_bytes() == (two_versions / name).read_bytes()
    again = run("ruleset", "show", "1", "--out", out)
    assert (again.returncode, "not an empty folder" in again.stderr) == (1, True)
    assert run("publish", out).stdout.startswith("Unchanged")


def test_a_folder_that_can_not_be_written_is_said(run: Run, two_versions: Path) -> None:
    done = run("ruleset", "show", "1", "--out", two_versions / "rules.yaml" / "out")
    assert (done.returncode, "version 1 was not written as a whole" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_rolling_back_publishes_the_old_content_as_a_new_version(run: Run, gateway: Any, two_versions: Path) -> None:
    dry = run("ruleset", "rollback", "1", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "Questionnaires:\n  ~ csat\n" in dry.stdout
    done = run("ruleset", "rollback", "1", "-m", "Too long")
    assert done.returncode == 0
    assert f"Published: version 3 is live at {gateway.url}. It is version 1 again." in done.stdout
    newest = json.loads(run("ruleset", "list", "--json").stdout)["versions"][0]
    assert (newest["number"], newest["origin"], newest["of"]) == (3, "rolled_back", 1)
    assert httpx.get(f"{gateway.url}/readyz").json()["ruleset"] == newest["ruleset"]
    late = run("ruleset", "rollback", "2", "--expect", "2")
    assert (late.returncode, "version_conflict" in late.stderr) == (1, True)


class Liar(BaseHTTPRequestHandler):
    """Answers with a version whose file lies outside of any folder."""

    def do_GET(self) -> None:
        """Answer."""
        version = {"number": 1, "at": "", "content": "c", "ruleset": "r", "origin": "published"}
        body = json.dumps({**version, "files": {"../evil.yaml": "a: 1"}}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def lying_gateway() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("command", [("show", "9"), ("rollback", "9")])
def test_a_version_that_is_not_there_is_said(run: Run, command: tuple[str, ...]) -> None:
    done = run("ruleset", *command)
    assert (done.returncode, "(unknown_version)" in done.stderr) == (1, True)


def test_a_gateway_can_not_write_outside_of_the_folder(run: Run, tmp_path: Path, lying_gateway: str) -> None:
    out = tmp_path / "out"
    done = run("ruleset", "show", "1", "--out", out, TACTFUL_GATEWAY=lying_gateway)
    assert done.returncode == 1
    assert "bad_path" in done.stdout
    assert not out.exists()
    assert not (tmp_path / "evil.yaml").exists()
