"""A backup that was made under load restores to one moment: all that was acknowledged before it, and nothing half."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import SURVEY, Served
from tests.acceptance.conservation import assert_delivered
from tests.acceptance.test_serve import cli
from tests.damage import PAGE, overwrite
from tests.eventually import eventually

CLIENTS = 4
BEFORE = 150
"""Answers acknowledged before the backup begins; as many come while it is made and afterwards."""


class Load:
    """People who are asked and answer, one after the other in each of some threads."""

    def __init__(self, url: str, key: str) -> None:
        self.acknowledged: list[str] = []
        self._client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=20)
        self._ended = threading.Event()

    def answer(self, person: str) -> None:
        event = {"touchpoint": "payment", "person": person, "reach": {"web": True}}
        decided = self._client.post("/v1/touchpoints", json=event)
        if decided.status_code == 503:  # a machine under load: the next person may be luckier
            return
        invitation = decided.json()["invitation"]
        body = {"answers": {"score": 4}, "complete": True}
        said = self._client.put(f"/v1/invitations/{invitation['token']}/response", json=body)
        assert said.status_code in {202, 503}, said.text
        if said.status_code == 202:
            self.acknowledged.append(invitation["id"])

    def wait_for(self, answers: int) -> None:
        eventually(lambda: len(self.acknowledged) >= answers)

    @contextmanager
    def running(self) -> Iterator[None]:
        def work(number: int) -> None:
            turn = 0
            while not self._ended.is_set():
                self.answer(f"u-{number}-{turn}")
                turn += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()
            self._client.close()


def backup(db: Path, copy: Path) -> subprocess.CompletedProcess[str]:
    return cli("backup", str(copy), "--db", f"sqlite:///{db}")


def answered(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as read:
        assert read.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = read.execute(
            "SELECT body FROM journal WHERE type = 'tactful.response.completed' ORDER BY seq"
        ).fetchall()
    return [json.loads(body)["data"]["invitation"] for (body,) in rows]


def test_a_backup_under_load_restores_to_what_was_acknowledged_before_it(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    sinks = f"sinks: {{file: {{kind: jsonl, path: {tmp_path / 'events.jsonl'}}}}}"
    key = cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{tmp_path / 'tactful.db'}").stdout.strip()
    served = serve(f"{SURVEY}\n{sinks}")
    copy = tmp_path / "backups" / "one.db"
    copy.parent.mkdir()
    load = Load(served.url, key)
    token = ""
    with load.running():
        load.wait_for(BEFORE)
        event = {"touchpoint": "payment", "person": "u-open", "reach": {"web": True}}
        headers = {"authorization": f"Bearer {key}"}
        token = httpx.post(f"{served.url}/v1/touchpoints", json=event, headers=headers).json()["invitation"]["token"]
        before = list(load.acknowledged)
        done = backup(served.db, copy)
        assert done.returncode == 0, done.stderr
        load.wait_for(len(load.acknowledged) + BEFORE)
    served.kill()
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in copy.parent.iterdir()} == {
        "one.db": 0o600,
        "one.db.secret": 0o600,
    }

    kept = answered(copy)
    assert set(before) <= set(kept) <= set(load.acknowledged)
    assert len(kept) == len(set(kept)) < len(load.acknowledged)
    for name in ("tactful.db", "tactful.db-wal", "tactful.db-shm", "tactful.db.secret"):
        served.db.with_name(name).unlink(missing_ok=True)
    for file, name in ((copy, "tactful.db"), (copy.with_name("one.db.secret"), "tactful.db.secret")):
        shutil.copy2(file, served.db.with_name(name))
    restored = serve(f"{SURVEY}\n{sinks}")
    said = httpx.put(
        f"{restored.url}/v1/invitations/{token}/response", json={"answers": {"score": 1}, "complete": True}
    )
    assert said.status_code == 202, "a link from before the backup works"
    assert told(tmp_path, restored, kept) == []


def told(folder: Path, restored: Served, kept: list[str]) -> list[str]:
    """Wait until the sink told what it was to tell, and give which of the kept answers it never told."""
    wanted = len(kept) + 1
    assert assert_delivered(restored.url, {"file": wanted}).delivered["file"] == wanted
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    ids: dict[str, set[str]] = {}
    for event in events:
        ids.setdefault(event["data"]["invitation"], set()).add(event["id"])
    assert all(len(ids[invitation]) == 1 for invitation in kept if invitation in ids), "what comes again has its id"
    return sorted(set(kept) - ids.keys())


def test_a_backup_is_whole_or_not_there(tmp_path: Path) -> None:
    db = tmp_path / "tactful.db"
    assert cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").returncode == 0
    copy = tmp_path / "copy.db"
    done = backup(db, copy)
    assert (done.returncode, "keep TACTFUL_SECRET" in done.stdout) == (0, True), done.stderr
    again = backup(db, copy)
    assert (again.returncode, "something at" in again.stderr) == (1, True)
    overwrite(db, db.stat().st_size - PAGE, PAGE)
    damaged = backup(db, tmp_path / "damaged.db")
    assert (damaged.returncode, "damaged" in damaged.stderr) == (1, True), damaged.stderr
    assert sorted(it.name for it in tmp_path.iterdir() if "damaged" in it.name) == []


def test_no_secret_comes_to_lie_beside_what_is_there_already(tmp_path: Path) -> None:
    db, there = tmp_path / "data" / "tactful.db", tmp_path / "backups"
    assert cli("keys", "create", "--kind", "sk", "--db", f"sqlite:///{db}").returncode == 0
    secret = db.with_name("tactful.db.secret")
    secret.write_text("ab" * 32)
    secret.chmod(0o600)
    there.mkdir()
    done = backup(db, there)
    assert (done.returncode, "something at" in done.stderr) == (1, True)
    assert sorted(it.name for it in tmp_path.iterdir()) == ["backups", "data"]


@pytest.mark.parametrize(
    ("db", "said"),
    [("memory:", "no database"), ("sqlite:///no/such.db", "no database"), ("postgresql://h/d", "pg_dump")],
)
def test_what_can_not_be_copied_says_what_to_do(db: str, said: str, tmp_path: Path) -> None:
    done = cli("backup", str(tmp_path / "copy.db"), "--db", db)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert not list(tmp_path.iterdir())
