"""The receiver in `examples/` takes what our sender signs, once, and nothing else."""

from __future__ import annotations

import base64
import importlib.util
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tactful_gateway.sinks.webhook.signature import read_secret, signed_headers

EXAMPLE = Path(__file__).parents[4] / "examples" / "receiver" / "receiver.py"
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
BODY = '{"id": "e-1", "score": "好"}'.encode()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "received.db"


@pytest.fixture
def receiver(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RECEIVER_SECRET", SECRET)
    monkeypatch.setenv("RECEIVER_DB", str(kept))
    spec = importlib.util.spec_from_file_location("example_receiver", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return httpx.AsyncClient(transport=httpx.ASGITransport(module.app), base_url="http://receiver")


def _signed(event: str, body: bytes = BODY) -> dict[str, str]:
    key = read_secret(SECRET)
    assert key is not None
    return signed_headers([key], event, int(time.time() * 1000), body)


async def test_the_example_keeps_what_is_signed_once_although_it_comes_twice(receiver: Any, kept: Path) -> None:
    async with receiver:
        for event in ("e-1", "e-1", "e-2"):
            answer = await receiver.post("/tactful", headers=_signed(event), content=BODY)
            assert answer.status_code == 204
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT id, body FROM event").fetchall() == [("e-1", BODY.decode()), ("e-2", BODY.decode())]


async def test_the_example_refuses_what_is_not_signed_or_was_changed(receiver: Any, kept: Path) -> None:
    async with receiver:
        for headers, body in (({}, BODY), (_signed("e-1"), BODY + b" ")):
            assert (await receiver.post("/tactful", headers=headers, content=body)).status_code == 401
    assert not kept.exists()
