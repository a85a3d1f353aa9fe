"""A person who said very much, at a real gateway: shown without filling its memory, erased although it is killed."""

from __future__ import annotations

import json
import random
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.test_serve import cli

MARK = "marker-of-ada"
EVENTS = 3_000
BATCH = 200
TEXT = "so it was " * 300


def key(db: Path, kind: str) -> dict[str, str]:
    made = cli("keys", "create", "--kind", kind, "--db", f"sqlite:///{db}")
    assert made.returncode == 0, made.stderr
    return {"authorization": f"Bearer {made.stdout.strip()}"}


@pytest.fixture
def heavy(serve: Any, tmp_path: Path) -> tuple[Any, dict[str, str]]:
    """Give a gateway at which one person said very much, and an administrator's key of it."""
    db = tmp_path / "data" / "tactful.db"
    sk, ak = key(db, "sk"), key(db, "ak")
    served = serve(db=db)
    with httpx.Client(base_url=served.url, headers=sk, timeout=60) as client:
        for start in range(0, EVENTS, BATCH):
            items = [
                {
                    "source": "store",
                    "id": str(place),
                    "touchpoint": "payment",
                    "person": "ada",
                    "at": "2026-03-01T09:30:00Z",
                    "answers": {"text": f"{MARK} {place} {TEXT}"},
                }
                for place in range(start, start + BATCH)
            ]
            assert client.post("/v1/feedback", json={"items": items}).json()["accepted"] == BATCH
    return served, ak


def peak(served: Any) -> int:
    """Give the most memory, in KiB, that the gateway ever had."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def shown(served: Any, ak: dict[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(f"{served.url}/v1/persons/ada", headers=ak, timeout=60).json()
    return document


def erase(served: Any, ak: dict[str, str]) -> dict[str, Any]:
    response = httpx.delete(f"{served.url}/v1/persons/ada", headers=ak, timeout=60)
    assert response.status_code == 200, response.text
    receipt: dict[str, Any] = response.json()
    return receipt


def show_in_little_memory(served: Any, ak: dict[str, str]) -> None:
    before, size = peak(served), 0
    with httpx.stream("GET", f"{served.url}/v1/persons/ada", headers=ak, timeout=60) as response:
        parts = []
        for part in response.iter_bytes():
            size += len(part)
            parts.append(part)
    assert len(json.loads(b"".join(parts))["events"]) == EVENTS
    assert peak(served) - before < size / 1024 / 2


def erase_again_and_again(served: Any, ak: dict[str, str]) -> None:
    chance, kills = random.Random(7), 0
    for _ in range(3):
        killer = threading.Timer(chance.uniform(0.01, 0.12), served.process.kill)
        killer.start()
        with suppress(httpx.HTTPError):
            erase(served, ak)
        killer.join()
        kills += served.wait() != 0
        served.start()
        # Whatever is left, it is whole: nothing is shown half, and no event has lost its number.
        left = shown(served, ak)["events"]
        assert all(it["event"]["data"]["answers"] for it in left if it["event"]["type"] == "tactful.feedback.received")
    assert kills == 3
    erase(served, ak)
    assert not any(shown(served, ak)[kind] for kind in ("states", "events", "invitations"))
    assert set(erase(served, ak)["erased"].values()) == {0}
    assert [it.name for it in served.db.parent.iterdir() if it.is_file() and MARK.encode() in it.read_bytes()] == []


def test_a_heavy_person_is_shown_without_filling_memory_and_erased_although_it_is_killed_meanwhile(
    heavy: tuple[Any, dict[str, str]],
) -> None:
    show_in_little_memory(*heavy)
    erase_again_and_again(*heavy)
