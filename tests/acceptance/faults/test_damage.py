"""A damaged file: said by its name and what to do, at the start and while it runs, and never begun anew in silence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import Served
from tests.acceptance.conservation import assert_conserved
from tests.acceptance.faults.stage import staged
from tests.damage import PAGE, overwrite

PERSONS = 300


def fold(file: Path) -> None:
    """Bring what is in the log into the file."""
    db = sqlite3.connect(file)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


@pytest.fixture
def filled(serve: Callable[..., Served]) -> Served:
    """Give a gateway that has stopped, and has something in its database."""
    served = serve()
    served.signal(15)  # type: ignore[arg-type]  # SIGTERM
    assert served.wait() == 0
    return served


def test_a_gateway_does_not_start_on_a_damaged_file_and_says_what_to_do(filled: Served) -> None:
    overwrite(filled.db, PAGE * 2, PAGE * 3)
    filled.log.clear()
    filled.start()
    assert filled.wait() == 1
    told = "".join(filled.log)
    assert str(filled.db) in told
    assert "restore the file and its secret from a backup" in told.replace("\n", " ")


def test_damage_found_while_running_stops_all_writing_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "tactful.db"
    with staged(tmp_path, f"sqlite:///{file}", file, {}) as stage:
        headers = {"authorization": f"Bearer {stage.key}"}
        with httpx.Client(base_url=stage.served.url, headers=headers, timeout=15) as client:
            tokens = []
            for number in range(PERSONS):
                call = {"touchpoint": "payment", "person": f"d-{number}"}
                tokens.append(client.post("/v1/touchpoints", json=call).json()["invitation"]["token"])
            stage.crowd.stop()
            acknowledged = stage.crowd.total
            fold(file)
            overwrite(file, PAGE * 2, file.stat().st_size - PAGE * 2)
            looks = [client.get(f"/v1/invitations/{token}").status_code for token in tokens]
            assert set(looks) <= {200, 503}
            words = stage.sees("damaged")
            assert str(file) not in words  # everybody may ask
            assert "restore" in words
            assert stage.refuses() == "store_unavailable"
            books = assert_conserved(stage.served.url)
        assert books.accepted["response"] == acknowledged
        assert books.reasons("touchpoint").keys() == {"store_unavailable"}
