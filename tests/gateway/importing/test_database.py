"""`tactful import --db`: straight into a database, by the same ledger, and never behind a gateway's back."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.gateway.cli_remote.conftest import run_tactful
from tests.servers.postgres import PostgresServer

ALWAYS = ("--source", "store", "--touchpoint", "payment")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text("id,person,at,stars\n1,u-1,2026-03-01,5\n2,u-2,2026-03-01,4\n3,,2026-03-01,1\n", encoding="utf-8")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'tactful.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database())


def received(gateway: RunningGateway) -> list[dict[str, Any]]:
    rows = gateway.run(gateway.gateway.services.store.journal(0, 1_000))
    return [json.loads(row.body)["data"] for row in rows if row.type == "tactful.feedback.received"]


def test_rows_are_in_the_database_once_when_its_gateway_comes_back(
    running_gateway: Callable[..., RunningGateway], reviews: Path, db: str
) -> None:
    running_gateway(db=db).stop()
    dry = run_tactful("import", reviews, "--db", db, *ALWAYS, "--dry-run")
    assert (dry.returncode, dry.stdout) == (1, "2 would be taken, 0 known already, 1 would be refused\n"), dry.stderr
    done = run_tactful("import", reviews, "--db", db, *ALWAYS, TACTFUL_GATEWAY="http://127.0.0.1:1")
    assert done.stdout.startswith("2 taken, 0 known already, 1 refused"), done.stderr
    with reviews.with_name("reviews.rejects.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["3"]
    assert run_tactful("import", reviews, "--db", db, *ALWAYS).stdout.startswith("0 taken, 2 known already, 1 refused")
    gateway = running_gateway(db=db)
    assert [(it["external_id"], it["answers"]) for it in received(gateway)] == [
        ("1", {"stars": 5}),
        ("2", {"stars": 4}),
    ]
    again = {"source": "store", "id": "1", "touchpoint": "payment", "person": "u-1", "at": "2026-03-01T12:00:00Z"}
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    sent = httpx.post(f"{gateway.url}/v1/feedback", headers=headers, json={**again, "answers": {"stars": 5}})
    assert sent.json()["duplicate"] == 1, "whichever way it comes"


def test_beside_a_running_gateway_only_where_it_may_share(
    running_gateway: Callable[..., RunningGateway], reviews: Path, db: str
) -> None:
    gateway = running_gateway(db=db)
    done = run_tactful("import", reviews, "--db", db, *ALWAYS)
    if db.startswith("sqlite"):
        assert (done.returncode, f"pid {os.getpid()}) uses this database" in done.stderr) == (1, True), done.stderr
        assert "if it is a gateway, stop it first" in done.stderr
        assert received(gateway) == []
    else:
        assert done.stdout.startswith("2 taken"), done.stderr
        assert len(received(gateway)) == 2


def test_a_database_that_can_take_nothing_says_why(reviews: Path, tmp_path: Path) -> None:
    missing = run_tactful("import", reviews, "--db", f"sqlite:///{tmp_path}/no.db", *ALWAYS)
    assert (missing.returncode, "there is no database" in missing.stderr) == (1, True)
    assert not (tmp_path / "no.db").exists()
    fresh = f"sqlite:///{tmp_path}/fresh.db"
    assert run_tactful("keys", "create", "--kind", "sk", "--db", fresh).returncode == 0
    empty = run_tactful("import", reviews, "--db", fresh, *ALWAYS)
    assert (empty.returncode, "no survey folder was served" in empty.stderr) == (1, True), empty.stderr
    nowhere = run_tactful("import", reviews, *ALWAYS)
    assert (nowhere.returncode, "--gateway" in nowhere.stderr) == (2, True)
