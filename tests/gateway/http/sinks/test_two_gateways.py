"""Two gateways over one PostgreSQL: either tells of every sink and takes orders, whichever of them delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually
from tests.gateway.http.sinks.conftest import SURVEY, Hook, SinksClient
from tests.servers.postgres import PostgresServer
from tests.stopwatch import Stopwatch

PERSONS = [f"u-{number}" for number in range(6)]


@pytest.fixture
def two(
    running_gateway: Callable[..., Any],
    described_client: Any,
    hook: Hook,
    tmp_path: Path,
    postgres: PostgresServer,
) -> Iterator[tuple[SinksClient, SinksClient]]:
    """Give a client of the gateway that delivers, and one of the other."""
    options = {"environ": {"URL": hook.url, "FOLDER": str(tmp_path)}, "db": postgres.url(postgres.new_database())}
    gateways = [running_gateway(SURVEY, **options) for _ in range(2)]
    first = eventually(lambda: [it for it in gateways if is_delivering(it)])
    gateways.sort(key=lambda it: it not in first)
    with described_client(gateways[0]) as one, described_client(gateways[1]) as other:
        yield SinksClient(one, tmp_path), SinksClient(other, tmp_path)


def is_delivering(gateway: Any) -> bool:
    return {status.state for status in gateway.gateway.consumers.status()} == {"running"}


def test_the_other_gateway_tells_the_same_numbers(two: tuple[SinksClient, SinksClient], hook: Hook) -> None:
    one, other = two
    hook.answer = lambda _: (503, {"retry-after": "3600"}, b"")
    other.opt_out(*PERSONS)
    for client in two:
        client.until("file", delivered=6, pending=0)
        client.until("hook", state="retrying", pending=6, circuit="open", error="HTTP 503 Service Unavailable")
    here, there = one.sink("file"), other.sink("file")
    assert here == there
    assert (here["state"], here["cursor"] > 0) == ("running", True)
    assert other.api.get("/readyz", headers=other.api.sk).json()["sinks"]["hook"]["state"] == "standby"


def test_orders_given_to_the_other_gateway_are_followed_soon(two: tuple[SinksClient, SinksClient], hook: Hook) -> None:
    one, other = two
    hook.answer = lambda event: (422, {}, b"no") if len(hook.tried) == 2 else (204, {}, b"")
    one.opt_out(*PERSONS)
    one.until("hook", delivered=5, dead=1, pending=0)
    hook.answer = lambda _: (204, {}, b"")
    (letter,) = other.get("/v1/sinks/hook/dead").json()["letters"]
    assert (letter["event"]["subject"], letter["answer"]) == ("u-1", "no")

    with Stopwatch() as took:
        retried = other.post("/v1/sinks/hook/dead/retry", {"ids": [letter["id"]]}).json()
        one.until("hook", order=retried["order"], delivered=6, dead=0)
        replayed = other.post("/v1/sinks/file/replay", {"from": "beginning"}).json()
        one.until("file", order=replayed["order"], cursor=replayed["last"], delivered=12)
    assert took.seconds < 8
    other.until("file", order=replayed["order"], delivered=12, pending=0)
    assert one.lines() == PERSONS * 2


def test_what_was_ordered_is_followed_by_who_takes_over(two: tuple[SinksClient, SinksClient], hook: Hook) -> None:
    one, other = two
    hook.answer = lambda _: (503, {"retry-after": "36000"}, b"")
    one.opt_out(*PERSONS)
    one.until("hook", state="retrying", pending=6)
    one.api.gateway.stop()
    hook.answer = lambda _: (204, {}, b"")
    ordered = other.post("/v1/sinks/hook/dead/retry").json()
    after = other.until("hook", order=ordered["order"], delivered=6, pending=0, state="running")
    assert (after["accepted"], after["dead"], after["circuit"]) == (6, 0, "closed")
