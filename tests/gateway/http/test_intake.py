"""What comes in is counted once where it arrives and once as what came of it, whatever happens in between."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tests.acceptance.conservation import Books, assert_balance, assert_conserved
from tests.eventually import PATIENCE, eventually
from tests.gateway.http.conftest import DescribedClient

Running = Callable[..., Any]
SCRAPES = 10


@pytest.fixture
def api(running_gateway: Running) -> Any:
    with DescribedClient(running_gateway(db="memory:", body_timeout=300)) as client:
        yield client


def books_of(api: DescribedClient) -> Books:
    return assert_conserved(api.gateway.url)


def answer(api: DescribedClient, path: str, score: object = 5, *, key: str = "answers") -> int:
    return api.put(f"{path}/response", json={key: {"score": score}, "complete": True}).status_code


def test_every_kind_is_counted_with_what_came_of_it(api: DescribedClient) -> None:
    path = api.invite(event_id="e-1")
    api.ask(event_id="e-1")
    assert [answer(api, path, 9), answer(api, path), answer(api, path), answer(api, path, 3)] == [422, 202, 202, 409]
    assert answer(api, path, key="answer") == 422
    assert answer(api, "/v1/invitations/nobody") == 404
    for _ in range(2):
        api.post(f"{path}/events", json={"type": "displayed"})
    api.post(f"/i/{uuid4()}", data={"score": "5"})
    api.post(f"/i/{path.rpartition('/')[2]}/opt-out")
    api.post(f"/i/{uuid4()}/opt-out")
    api.put(f"/v1/persons/{api.person}/preferences", headers=api.sk, json={"opt_in": "all"})
    for _ in range(2):
        api.post(f"/v1/persons/{api.person}/alias", headers=api.sk, json={"anonymous": "anon_12345678"})
    api.post("/v1/touchpoints", json={"touchpoint": "payment", "person": "u"})
    api.post("/v1/touchpoints", headers=api.sk, content=b"{")
    api.post("/v1/touchpoints", headers=api.sk, content=b"x" * 70_000)
    books = books_of(api)
    assert (books.accepted["touchpoint"], books.duplicate["touchpoint"]) == (1, 1)
    assert books.reasons("touchpoint") == {"missing_key": 1, "bad_json": 1, "body_too_large": 1}
    assert (books.accepted["response"], books.duplicate["response"]) == (1, 1)
    assert books.reasons("response") == {
        "invalid_answers": 1,
        "already_completed": 1,
        "invalid_request": 1,
        "unknown_invitation": 2,
    }
    assert books.accepted["signal"] + books.duplicate["signal"] + sum(books.reasons("signal").values()) == 2
    assert (books.accepted["preference"], books.reasons("preference")) == (2, {"unknown_invitation": 1})
    assert (books.accepted["alias"], books.duplicate["alias"]) == (1, 1)


def test_each_item_of_a_batch_is_one_and_a_dry_run_is_none(api: DescribedClient) -> None:
    def item(**more: Any) -> dict[str, Any]:
        return {
            "source": "store",
            "id": str(uuid4()),
            "touchpoint": "payment",
            "person": "u",
            "at": "2026-03-01T12:00:00Z",
            "answers": {"stars": 5},
            **more,
        }

    items = [item(), item(), item(at="yesterday"), item(id="same"), item(id="same")]
    for query in ("?dry_run=1", ""):
        sent = api.post(f"/v1/feedback{query}", headers=api.sk, json={"items": items})
        assert sent.status_code == 202, sent.text
    api.post("/v1/feedback?dry_run=1", headers=api.sk, json=item(at="yesterday"))
    api.post("/v1/feedback", headers=api.sk, json=item(at="yesterday"))
    api.post("/v1/feedback", headers=api.sk, content=b"[")
    api.post("/v1/feedback", headers=api.pk, json=item())
    books = books_of(api)
    assert books.received["feedback"] == 8
    assert (books.accepted["feedback"], books.duplicate["feedback"]) == (3, 1)
    assert books.reasons("feedback") == {"invalid_request": 2, "bad_json": 1, "wrong_key_kind": 1}


def connection_to(api: DescribedClient) -> socket.socket:
    address = urlsplit(api.gateway.url)
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def half_a_request(api: DescribedClient) -> socket.socket:
    """Send the first half of a response and give the connection."""
    connection = connection_to(api)
    connection.sendall(b'PUT /v1/invitations/x/response HTTP/1.1\r\nhost: a\r\ncontent-length: 40\r\n\r\n{"answers": ')
    return connection


def test_a_client_that_goes_in_the_middle_or_takes_too_long_is_counted(api: DescribedClient) -> None:
    with half_a_request(api):
        time.sleep(0.05)
    with half_a_request(api) as slow:
        assert b" 408 " in slow.recv(1000)
    books = books_of(api)
    assert books.reasons("response") == {"abandoned": 1, "body_timeout": 1}
    lines = [line for line in api.get("/metrics").text.splitlines() if "http_requests_total" in line]
    statuses = [line for line in lines if "{token}/response" in line]
    assert sorted(line.partition('status="')[2][:3] for line in statuses) == ["408", "499"]


class TroubledStore(MemoryStore):
    """A store whose commits wait while it is held, and fail as they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.free = threading.Event()
        self.free.set()

    async def transact(self, keys: Any, step: Any) -> None:
        while not self.free.is_set():
            await asyncio.sleep(0.005)
        if self.error is not None:
            raise self.error
        await super().transact(keys, step)


def test_what_the_store_refuses_or_breaks_on_is_counted(running_gateway: Running) -> None:
    store = TroubledStore()
    with DescribedClient(running_gateway(db="memory:", store=store)) as api:
        for store.error, status in ((StoreUnavailableError("full", "disk_full"), 503), (ZeroDivisionError(), 500)):
            sent = api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "payment", "person": "u"})
            assert sent.status_code == status
        store.error = None
        books = books_of(api)
        assert books.reasons("touchpoint") == {"store_unavailable": 1, "internal_error": 1}
        assert 'tactful_store_failures_total{cause="disk_full"} 1.0' in api.get("/metrics").text


def test_a_client_that_goes_while_its_answer_is_being_saved_has_it_saved(running_gateway: Running) -> None:
    store = TroubledStore()
    with DescribedClient(running_gateway(db="memory:", store=store)) as api:
        path = api.invite()
        store.free.clear()
        body = b'{"answers": {"score": 5}, "complete": true}'
        with connection_to(api) as leaving:
            head = f"PUT {path}/response HTTP/1.1\r\nhost: a\r\ncontent-length: {len(body)}\r\n\r\n"
            leaving.sendall(head.encode() + body)
            eventually(lambda: assert_balance(api.gateway.url).under_way["response"] == 1)
        store.free.set()
        books = books_of(api)
        assert (books.received["response"], books.accepted["response"]) == (1, 1)
        assert api.get(path).json()["complete"]


def test_every_scrape_balances_while_clients_come_and_go(running_gateway: Running) -> None:
    enough = threading.Event()
    with DescribedClient(running_gateway(db="memory:")) as api:

        def call(number: int) -> None:
            with httpx.Client(base_url=api.gateway.url, headers=api.sk) as client:
                for place in count():
                    if enough.is_set():
                        return
                    patience = 0.002 if place % 5 == 0 else 60.0
                    body = {"touchpoint": "payment", "person": f"u-{number}-{place}"}
                    with suppress(httpx.TimeoutException):
                        client.post("/v1/touchpoints", json=body, timeout=patience)

        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(call, number) for number in range(8)]
            try:
                for _ in range(SCRAPES):
                    assert_balance(api.gateway.url)
            finally:
                enough.set()
        for done in calls:
            done.result()
        assert books_of(api).received["touchpoint"] > SCRAPES
