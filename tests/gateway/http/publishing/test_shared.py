"""Publishing at one of several gateways: the latest version is the database's, not the one that is known here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import RunningGateway
from tests.gateway.http.publishing.conftest import RULES, Publisher
from tests.servers.postgres import PostgresServer

OTHER = RULES.replace("paying", "leaving")


@pytest.fixture
def two(running_gateway: Callable[..., RunningGateway], postgres: PostgresServer) -> Iterator[list[Publisher]]:
    """Give clients of two gateways over one database."""
    db = postgres.url(postgres.new_database())
    with ExitStack() as stack:
        yield [stack.enter_context(Publisher(running_gateway(None, db=db))) for _ in range(2)]


def results(*answers: Any) -> list[tuple[str, int]]:
    return [(it["result"], it["version"]["number"]) for it in (answer.json() for answer in answers)]


def test_what_another_gateway_published_a_moment_ago_is_not_taken_for_unchanged(two: list[Publisher]) -> None:
    one, other = two
    first = one.publish(rules=RULES)
    here = other.publish(rules=RULES)
    later = one.publish(rules=OTHER)
    back = other.publish(rules=RULES)
    assert results(first, here, later, back) == [("published", 1), ("unchanged", 1), ("published", 2), ("published", 3)]
    assert back.json()["changes"]["questionnaires"] == {"changed": ["csat"]}


def test_a_dry_run_is_held_to_what_another_gateway_published_a_moment_ago(two: list[Publisher]) -> None:
    one, other = two
    one.publish(rules=RULES)
    other.publish(rules=RULES)
    one.publish(rules=OTHER)
    body = {"files": {"rules.yaml": RULES}}
    tried = other.put("/v1/ruleset?dry_run=1", headers=other.ak, json=body)
    assert tried.json()["result"] == "dry_run"
    refused = other.publish(rules=OTHER.replace("leaving", "coming"), headers={"if-match": '"1"'})
    assert refused.status_code == 412
    assert "Version 2 is the latest" in refused.text
