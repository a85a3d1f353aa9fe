"""`tactful person`: as a process of its own, beside a gateway with persons in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli_remote.conftest import run_tactful
from tests.gateway.keeping.conftest import Person

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(shared_gateway: Any) -> Run:
    environ = {"TACTFUL_GATEWAY": shared_gateway.url, "TACTFUL_ADMIN_KEY": shared_gateway.keys["ak"]}
    return lambda *arguments, **more: run_tactful(*arguments, **{**environ, **more})


@pytest.fixture
def ada(shared_gateway: Any, request: pytest.FixtureRequest) -> Person:
    person = Person(shared_gateway, f"{request.node.name} 张/%2F")
    person.answer("slow \x1b[31m \u202e好")
    return person


def test_an_export_is_the_gateway_s_document(run: Run, ada: Person, tmp_path: Path) -> None:
    done = run("person", "export", ada.id)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert {**document, "at": ""} == {**ada.export(), "at": ""}
    assert document["invitations"][0]["answers"]["why"] == "slow \x1b[31m \u202e好"
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    out = tmp_path / "ada.json"
    assert run("person", "export", ada.id, "--out", out).returncode == 0
    assert json.loads(out.read_text("utf-8"))["invitations"] == document["invitations"]
    assert (out.stat().st_mode & 0o777, [it.name for it in tmp_path.iterdir()]) == (0o600, ["ada.json"])
    again = run("person", "export", ada.id, "--out", out)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


def test_an_export_goes_into_no_file_that_somebody_put_there(run: Run, ada: Person, tmp_path: Path) -> None:
    theirs, out = tmp_path / "theirs", tmp_path / "ada.json"
    theirs.write_text("")
    (tmp_path / "ada.json.part").symlink_to(theirs)
    assert run("person", "export", ada.id, "--out", out).returncode == 0
    assert (theirs.read_text(), out.is_symlink()) == ("", False)
    assert json.loads(out.read_text("utf-8"))["person"] == ada.id


def test_an_export_that_is_refused_leaves_no_file(run: Run, tmp_path: Path) -> None:
    assert run("person", "export", "u-1", "--out", tmp_path / "it.json", TACTFUL_ADMIN_KEY="ak_no").returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_erasing_asks_before(run: Run, ada: Person) -> None:
    done = run("person", "erase", ada.id)  # nobody is there to answer
    assert done.returncode == 1
    assert "can't be undone" in done.stdout
    assert ada.export()["invitations"]


def test_erasing_gives_the_receipt(run: Run, ada: Person) -> None:
    done = run("person", "erase", ada.id, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"responses", "1"} == set(done.stdout.splitlines()[2].split())
    assert "Erased. Receipt " in done.stdout
    assert not ada.export()["invitations"]
    receipt = json.loads(run("person", "erase", ada.id, "--yes", "--json").stdout)
    assert set(receipt["erased"].values()) == {0}


def test_wishes_stay_where_that_is_wished(run: Run, ada: Person) -> None:
    ada.call("PUT", f"/v1/persons/{ada.path}/preferences", json={"opt_out": "all"})
    assert "opt-outs kept: 1" in run("person", "erase", ada.id, "-y", "--keep-opt-outs").stdout
    assert ada.export()["states"][0]["opted_out"] == ["*"]


@pytest.mark.parametrize("command", [("export",), ("erase", "--yes")])
def test_a_key_that_may_not_is_told_so(run: Run, shared_gateway: Any, command: tuple[str, ...]) -> None:
    done = run("person", *command, "u-1", TACTFUL_ADMIN_KEY=shared_gateway.keys["sk"])
    assert (done.returncode, "wrong_key_kind" in done.stderr) == (1, True)
    assert shared_gateway.keys["sk"] not in done.stderr + done.stdout


def test_a_gateway_that_is_not_there_is_said(run: Run) -> None:
    gone = run("person", "export", "u-1", TACTFUL_GATEWAY="http://127.0.0.1:9")
    assert (gone.returncode, "no answer from" in gone.stderr) == (1, True)
