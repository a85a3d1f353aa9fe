"""A database that an older program wrote is opened by this one: everything is there, and goes on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from tactful_gateway.consumers.runner import consumer_of
from tests.conftest import RunningGateway
from tests.eventually import eventually
from tests.gateway.http.conftest import SetClock
from tests.gateway.moving.filled import hook_that_wants_nothing
from tests.gateway.store.old.make import ANSWERED, HERE, PERSONS, SECRET, SURVEY
from tests.servers.postgres import PostgresServer

FILES = sorted(file.relative_to(HERE) for file in HERE.glob("*/*.sql"))


def migrations(package: str) -> int:
    folder = resources.files(package) / "migrations"
    return sum(file.name.endswith(".sql") for file in folder.iterdir())


@pytest.fixture(params=FILES, ids=str)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """Give the address of a database that an older program wrote, and what happened there."""
    file = HERE / request.param
    text = file.read_text("utf-8")
    told = json.loads(text.partition("\n")[0].removeprefix("-- "))
    if file.parent.name == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.new_database()
        server.load(file, name)
        return server.url(name), told
    path = tmp_path / "tactful.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(text)
    return f"sqlite:///{path}", told


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    with hook_that_wants_nothing() as hook:
        yield {"EVENTS": str(tmp_path / "events.jsonl"), "HOOK": hook}


def test_todays_gateway_goes_on_over_what_an_older_one_left(
    running_gateway: Callable[..., RunningGateway], old: tuple[str, dict[str, Any]], environ: dict[str, str]
) -> None:
    db, told = old
    gateway = running_gateway(SURVEY, environ=environ, db=db, clock=SetClock(told["at"]), secret=SECRET)
    store = gateway.gateway.services.store
    head = gateway.run(store.head())
    letters = gateway.run(store.dead_letters(consumer_of("hook"), 100))
    assert len(letters) == ANSWERED

    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {told['key']}"}, timeout=20) as api:

        def ask(person: str) -> dict[str, Any]:
            event = {"touchpoint": "payment", "person": person, "reach": {"web": True}}
            said = api.post("/v1/touchpoints", json=event)
            assert said.status_code == 200, said.text
            found: dict[str, Any] = said.json()
            return found

        assert [ask(f"u-{number}")["reason"] for number in range(ANSWERED)] == ["paused"] * ANSWERED
        assert ask("u-out")["reason"] == "opted_out"
        assert ask("u-new")["ask"]
        for token in told["open"]:
            body = {"answers": {"score": 5}, "complete": True}
            assert api.put(f"/v1/invitations/{token}/response", json=body).status_code == 202
        if told["joined"]:
            assert ask("anon_0123456789abcdef")["reason"] == "paused"
        kept = api.get("/v1/persons/u-1", headers={"authorization": f"Bearer {gateway.keys['ak']}"}).json()
        assert [it["answers"] for it in kept["invitations"]] == [{"score": 2}]
        assert len(kept["dead_letters"]) == 1
    rows = gateway.run(store.journal(0, 1_000))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert rows[-1].seq > head
    file = Path(environ["EVENTS"])
    eventually(lambda: file.exists() and len(file.read_text().splitlines()) == PERSONS - ANSWERED)


@pytest.mark.parametrize(
    ("kind", "package"),
    [("sqlite", "tactful_gateway.store"), ("postgres", "tactful_gateway.store.postgres")],
)
def test_every_schema_but_the_present_one_is_kept(kind: str, package: str) -> None:
    numbers = {int(file.stem) for file in FILES if file.parent.name == kind}
    assert numbers >= set(range(1, migrations(package))), "see README.md: keep the present schema before adding to it"
