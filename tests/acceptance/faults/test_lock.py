"""A database that another process holds still, under more load than can wait: bounded, refused, and over at once."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tactful_gateway.ledger.committer import QUEUE, ROOM
from tests.acceptance.conftest import Served
from tests.acceptance.conservation import assert_conserved
from tests.acceptance.faults.flood import Flood, flood
from tests.acceptance.faults.holding import locked
from tests.acceptance.faults.stage import staged
from tests.acceptance.journal import read_journal

IN_TIME = 10.0
LARGEST = 300 * 2**20
"""Bytes that a gateway may grow by while its store is held still."""


def test_a_gateway_whose_database_is_held_still_stays_small_and_goes_on_at_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file, floods = tmp_path / "data" / "tactful.db", list[Flood]()
    with staged(tmp_path, f"sqlite:///{file}", file, {}) as stage:
        stage.crowd.wait_for(8)
        with locked(file):
            pouring = threading.Thread(
                target=lambda: floods.append(flood(stage.served.url, stage.key, stage.served.process.pid))
            )
            pouring.start()
            stage.sees("slow")
            assert "find and end it" in stage.sees("locked")
            assert stage.refuses() in {"store_unavailable", "busy"}
        stage.recovers()
        pouring.join()
        books = stage.judge()
        (found,) = floods
        assert found.statuses.keys() <= {202, 503}
        assert found.statuses[503] > 0
        assert found.codes.keys() <= {"busy", "store_unavailable"}
        assert found.waiting <= QUEUE
        assert found.bytes <= ROOM
        # On a machine so slow that the first batch arrives after all patience, none is let in to wait.
        assert found.bytes > 0 or found.statuses.keys() == {503}
        assert found.grown < LARGEST, found.grown
        journal = [
            json.loads(row.body)["data"] for row in read_journal(stage.db) if row.type.endswith("feedback.received")
        ]
        kept = {data["external_id"] for data in journal}
        assert kept >= set(found.taken)
        assert len(journal) == len(kept) == books.accepted["feedback"]
        assert_conserved(stage.served.url)


def test_a_gateway_whose_database_is_held_still_ends_in_time_when_it_is_told_to(serve: Callable[..., Served]) -> None:
    served = serve()
    with locked(served.db), ThreadPoolExecutor(1) as pool:
        look = pool.submit(httpx.get, f"{served.url}/readyz", timeout=20)
        time.sleep(0.2)
        started = time.monotonic()
        served.signal(signal.SIGTERM)
        assert served.wait() == 0
        assert time.monotonic() - started < IN_TIME
        assert look.result().status_code == 503
