"""A gateway under load with a sink, whose database gets into trouble: what is to be seen meanwhile, and afterwards."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.conftest import SURVEY, Served
from tests.acceptance.conservation import Books, assert_balance, assert_conserved, assert_delivered
from tests.acceptance.crash.crowd import Crowd
from tests.acceptance.journal import read_journal
from tests.acceptance.test_serve import cli
from tests.eventually import PATIENCE, eventually

SOON = 8.0
"""Seconds within which trouble shows in `/readyz`, and in which answers are taken again after it."""
CHATTY = 20
"""Most log lines that a minute of trouble takes; whoever spins says more."""


@dataclass
class Stage:
    """What runs: one gateway, its clients and the file of its sink."""

    served: Served
    db: str
    key: str
    events: Path
    crowd: Crowd

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Ask the gateway whether it can keep its promises."""
        said = httpx.get(f"{self.served.url}/readyz", timeout=PATIENCE)
        return said.status_code, said.json()

    def sees(self, cause: str) -> str:
        """Wait until the gateway says that it can't commit for this reason, and give its words."""
        body: dict[str, Any] = {}

        def shows() -> bool:
            nonlocal body
            status, body = self.readiness()
            return (status, body["cause"]) == (503, cause)

        eventually(shows, otherwise=lambda: body)
        assert httpx.get(f"{self.served.url}/livez", timeout=PATIENCE).status_code == 200
        assert_balance(self.served.url)
        words: str = body["store"]
        return words

    def refuses(self) -> str:
        """Make a call that is refused, and give the problem's code."""
        body = {"touchpoint": "payment", "person": "somebody"}
        headers = {"authorization": f"Bearer {self.key}"}
        said = httpx.post(f"{self.served.url}/v1/touchpoints", json=body, headers=headers, timeout=PATIENCE)
        assert said.status_code == 503, said.text
        assert said.headers["content-type"] == "application/problem+json"
        assert 0 < int(said.headers["retry-after"]) < 60
        code: str = said.json()["code"]
        return code

    def recovers(self) -> None:
        """See that answers are taken again at once, and that the gateway calls itself ready."""
        started = time.monotonic()
        self.crowd.wait_for(8, patience=SOON)
        assert time.monotonic() - started < SOON
        status, body = self.readiness()
        assert (status, body["store"], body["cause"]) == (200, "ok", None)

    def judge(self) -> Books:
        """End the load, and see that nothing acknowledged is lost, here or at the sink, and that all is counted."""
        self.crowd.stop()
        assert self.crowd.refused == []
        books = assert_conserved(self.served.url)
        journal = [json.loads(row.body) for row in read_journal(self.db)]
        answered = Counter(event["data"]["invitation"] for event in journal if event["type"].endswith(".completed"))
        acknowledged = [it for invitations in self.crowd.acknowledged.values() for it in invitations]
        assert all(answered[invitation] == 1 for invitation in acknowledged)
        assert len(answered) == len(acknowledged) == books.accepted["response"]
        assert_delivered(self.served.url, {"file": len(answered)})
        arrived = [json.loads(line)["data"]["invitation"] for line in self.events.read_text().splitlines()]
        assert set(arrived) == set(answered)
        return books


@contextmanager
def staged(folder: Path, db: str, file: Path, environ: dict[str, str]) -> Iterator[Stage]:
    """Start everything in a folder, and end it."""
    (folder / "survey").mkdir()
    events = folder / "events.jsonl"
    sinks = f"sinks: {{file: {{kind: jsonl, path: {events}, events: [response.completed]}}}}"
    (folder / "survey" / "survey.yaml").write_text(f"{SURVEY}\n{sinks}")
    key = cli("keys", "create", "--kind", "sk", "--db", db).stdout.strip()
    served = Served(folder / "survey", file, ("--db", db, "--no-watch"), environ)
    served.start()
    try:
        assert served.url, "\n".join(served.log)
        crowd = Crowd([served.url], key)
        crowd.start()
        try:
            yield Stage(served, db, key, events, crowd)
        finally:
            crowd.stop()
    finally:
        served.kill()
