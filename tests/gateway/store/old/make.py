"""Runs a gateway of another checkout, lets things happen, and keeps what it left behind (see README.md)."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.eventually import eventually
from tests.gateway.moving.filled import hook_that_wants_nothing
from tests.servers.postgres import running_postgres

HERE = Path(__file__).parent
SECRET = "5c" * 32
"""Given to every gateway, so that the links that are kept here work."""
PERSONS = 6
ANSWERED = 4
SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints:
  payment: {params: {order.amount: {type: number}}}
rules:
  any-payment: {at: payment, ask: csat}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: "How was paying?"}]}
sinks:
  file: {kind: jsonl, path: "${EVENTS}"}
  hook: {kind: webhook, url: "${HOOK}", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, allow_private: true}
"""
COMMAND = [sys.executable, "-c", "from tactful_gateway.cli.main import run; run()"]


@contextmanager
def serving(survey: Path, db: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Run the gateway and give its address."""
    command = [*COMMAND, "serve", str(survey), "--db", db, "--port", "0"]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(r'"url": "(http://[^"]+)"', line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield found[1]
                break
        else:
            raise RuntimeError("the gateway did not start")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def happen(url: str, key: str) -> dict[str, Any]:
    """Let people be asked, answer and opt out, and a destination refuse; give what a later gateway is held to."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=20) as api:
        tokens = [_ask(api, f"u-{number}")["invitation"]["token"] for number in range(PERSONS)]
        for token in tokens[:ANSWERED]:
            body = {"answers": {"score": 2}, "complete": True}
            assert api.put(f"/v1/invitations/{token}/response", json=body).status_code == 202
        partial = {"answers": {}, "rev": 1}
        assert api.put(f"/v1/invitations/{tokens[ANSWERED]}/response", json=partial).status_code == 202
        assert api.put("/v1/persons/u-out/preferences", json={"opt_out": "all"}).status_code == 200
        joined = api.post(f"/v1/persons/u-{PERSONS - 1}/alias", json={"anonymous": "anon_0123456789abcdef"})
        eventually(lambda: f'tactful_sink_dead{{sink="hook"}} {ANSWERED}.0' in api.get("/metrics").text)
        eventually(lambda: 'tactful_sink_pending{sink="file"} 0.0' in api.get("/metrics").text)
    return {"open": tokens[ANSWERED:], "joined": joined.status_code == 200}


def _ask(api: httpx.Client, person: str) -> dict[str, Any]:
    event = {"touchpoint": "payment", "person": person, "reach": {"web": True}, "event_id": f"e-{person}"}
    found: dict[str, Any] = api.post("/v1/touchpoints", json=event).json()
    return found


def run(checkout: Path, folder: Path, db: str) -> dict[str, Any]:
    """Run a checkout's gateway over an empty database."""
    (folder / "survey").mkdir()
    (folder / "survey" / "survey.yaml").write_text(SURVEY, "utf-8")
    paths = os.pathsep.join(str(checkout / floor) for floor in ("rules", "sdk", "gateway"))
    with hook_that_wants_nothing() as hook:
        events = str(folder / "events.jsonl")
        environ = {**os.environ, "PYTHONPATH": paths, "EVENTS": events, "HOOK": hook, "TACTFUL_SECRET": SECRET}
        make = [*COMMAND, "keys", "create", "--kind", "sk", "--db", db]
        key = subprocess.run(make, env=environ, check=True, capture_output=True, text=True).stdout.strip()
        if db.startswith("sqlite"):  # programs older than TACTFUL_SECRET look beside the file
            secret = Path(db.removeprefix("sqlite:///") + ".secret")
            secret.write_text(SECRET, "ascii")
            secret.chmod(0o600)
        with serving(folder / "survey", db, environ) as url:
            return {**happen(url, key), "key": key, "at": int(time.time() * 1000)}


def dump_sqlite(path: Path) -> tuple[int, str]:
    """Give a file's schema number, and the statements that make it again."""
    with closing(sqlite3.connect(path)) as db:
        number, application = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
        )
        pragmas = [f"PRAGMA application_id = {application};", f"PRAGMA user_version = {number};"]
        return number, "\n".join([*db.iterdump(), *pragmas, ""])


def main() -> None:
    """Make one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if options.postgres:
            with running_postgres(fsync="off") as server:
                told = run(options.checkout, folder, server.url())
                number, text = server.dump()
        else:
            told = run(options.checkout, folder, f"sqlite:///{folder / 'tactful.db'}")
            number, text = dump_sqlite(folder / "tactful.db")
    name = f"{'postgres' if options.postgres else 'sqlite'}/{number}.sql"
    (HERE / name).write_text(f"-- {json.dumps(told)}\n{text}", "utf-8")
    print(f"{name}: {len(text):,} characters")


if __name__ == "__main__":
    main()
