"""A gateway that moves from its file to PostgreSQL goes on there as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tactful_gateway.consumers.runner import consumer_of
from tactful_gateway.store.base import StoreUnavailableError
from tests.conftest import RunningGateway
from tests.eventually import eventually
from tests.gateway.moving.conftest import Moving
from tests.gateway.moving.filled import ANSWERED, SURVEY, Api, answer, fill, keep_key


def test_a_gateway_goes_on_over_postgresql_where_it_was(
    running_gateway: Callable[..., RunningGateway], move: Moving, environ: dict[str, str], url: str
) -> None:
    before = running_gateway(SURVEY, environ=environ)
    key = keep_key(before)
    tokens = fill(before, Api(before.url, key))
    kept = before.gateway.services.store
    head, letters = before.run(kept.head()), before.run(kept.dead_letters(consumer_of("hook"), 1_000))
    before.stop()

    moved = move("--json")
    assert moved.returncode == 0, moved.stderr
    tables = {it["table"]: it["rows"] for it in json.loads(moved.stdout)["tables"]}
    assert tables["journal"] == head
    assert [name for name, rows in tables.items() if not rows] == [], "so that each table's types are moved once"

    after = running_gateway(SURVEY, environ=environ, db=url)
    api = Api(after.url, key)
    assert api.ask("u-0 \\ 张")["reason"] == "paused"
    assert api.ask("u-out")["reason"] == "opted_out"
    for token in tokens:
        assert api.call("GET", f"/v1/invitations/{token}").status_code == 200
        answer(api, token, 5)
    store = after.gateway.services.store
    assert len(letters) == ANSWERED
    assert after.run(store.dead_letters(consumer_of("hook"), ANSWERED)) == letters
    assert after.run(store.give_order("sink/nobody")) == after.run(store.orders("sink/nobody"))[0].number + 1
    rows = after.run(store.journal(head, 1_000))
    assert [row.seq for row in rows] == list(range(head + 1, head + 1 + len(rows)))
    assert sum(row.type == "tactful.response.completed" for row in rows) == len(tokens)
    file = Path(environ["EVENTS"])
    wanted = ANSWERED + 1 + len(tokens)
    eventually(lambda: len(file.read_text().splitlines()) >= wanted)
    ids = [json.loads(line)["id"] for line in file.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == wanted, "the sink went on behind what it had delivered"


def test_what_was_moved_is_not_moved_again_and_no_gateway_starts_on_the_file(
    running_gateway: Callable[..., RunningGateway], move: Moving, path: Path
) -> None:
    running_gateway().stop()
    assert move().returncode == 0
    note = path.with_name("tactful.db.moved")
    note.unlink()  # as if the first one had been killed right before it wrote that
    again = move()
    assert (again.returncode, again.stdout.splitlines()[-1].endswith("before.")) == (0, True)
    with pytest.raises(StoreUnavailableError, match=r"moved to postgresql://postgres@127\.0\.0\.1"):
        running_gateway()
    note.unlink()
    running_gateway().stop()
