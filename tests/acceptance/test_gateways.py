"""Two gateways over one PostgreSQL are one: what one publishes both serve, and each event is delivered once."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import SURVEY, Served
from tests.acceptance.test_serve import cli
from tests.eventually import eventually
from tests.servers.postgres import running_postgres


@pytest.fixture
def url() -> Iterator[str]:
    with running_postgres(fsync="off") as server:
        yield server.url()


def ids(file: Path) -> list[str]:
    return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []


def numbers(served: Served) -> str:
    """Give those metrics that have a sink's name."""
    lines = httpx.get(f"{served.url}/metrics").text.splitlines()
    return "\n".join(line for line in lines if 'sink="file"' in line)


def ask(served: Served, key: str, person: str) -> dict[str, Any]:
    body = {"touchpoint": "payment", "person": person, "reach": {"web": True}, "event_id": f"e-{person}"}
    said = httpx.post(f"{served.url}/v1/touchpoints", json=body, headers={"authorization": f"Bearer {key}"}, timeout=20)
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


def token(decision: dict[str, Any]) -> str:
    found: str = decision["invitation"]["token"]
    return found


def test_two_gateways_serve_what_is_published_and_deliver_it_once(
    serve: Callable[..., Served], url: str, tmp_path: Path
) -> None:
    sk, ak = (cli("keys", "create", "--kind", kind, "--db", url).stdout.strip() for kind in ("sk", "ak"))
    one, two = serve(None, arguments=("--db", url)), serve(None, arguments=("--db", url))
    file = tmp_path / "events.jsonl"
    sinks = f"sinks: {{file: {{kind: jsonl, path: {file}, events: [invitation.created]}}}}"
    said = httpx.put(
        f"{one.url}/v1/ruleset",
        json={"files": {"survey.yaml": f"{SURVEY}\n{sinks}"}},
        headers={"authorization": f"Bearer {ak}"},
    )
    assert said.status_code in {200, 201}, said.text
    eventually(lambda: httpx.get(f"{two.url}/readyz").json()["version"] == 1)
    asked = [ask((one, two)[number % 2], sk, f"u-{number}")["ask"] for number in range(20)]
    assert asked == [True] * 20
    assert token(ask(one, sk, "u-0")) == token(ask(two, sk, "u-0"))
    eventually(lambda: len(ids(file)) == 20)
    delivering = [gateway for gateway in (one, two) if "tactful_sink_pending" in numbers(gateway)]
    assert len(delivering) == 1, "who stands by knows old numbers alone"


def test_a_gateway_whose_database_hangs_still_ends_within_ten_seconds(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    sinks = f"sinks: {{file: {{kind: jsonl, path: {tmp_path / 'events.jsonl'}}}}}"
    with running_postgres(fsync="off") as server:
        db = server.url()
        key = cli("keys", "create", "--kind", "sk", "--db", db).stdout.strip()
        served = serve(f"{SURVEY}\n{sinks}", arguments=("--db", db))
        assert ask(served, key, "u-1")["ask"]
        with server.frozen(), ThreadPoolExecutor(4) as clients:
            waiting = [clients.submit(ask, served, key, f"u-{number}") for number in range(2, 6)]
            time.sleep(1)
            started = time.monotonic()
            served.signal(signal.SIGTERM)
            assert served.wait() == 0
            took = time.monotonic() - started
    assert took < 10
    assert all(it.exception() for it in waiting), "what could not be kept was not acknowledged"
