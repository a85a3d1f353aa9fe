"""The promise that an acknowledged answer survives: twenty times the plug is pulled while answers come in."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import sqlite3
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from tactful_gateway.http.credentials.keys import make_key
from tactful_gateway.store.sqlite import SqliteStore

KILLS = 20
CLIENTS = 4
LOAD = 0.3
"""Seconds of answers before each kill, counted from the first that was acknowledged."""


class Client(threading.Thread):
    """Asks and answers without pause, and notes the invitations whose final answers were acknowledged."""

    def __init__(self, url: str, key: str, name: str) -> None:
        super().__init__(name=name)
        self.acknowledged: list[str] = []
        self._address = urlsplit(url).netloc
        self._key = key

    def run(self) -> None:
        """Go on until the gateway is gone."""
        connection = http.client.HTTPConnection(self._address, timeout=10)
        try:
            for number in range(100_000):
                body = {"touchpoint": "payment", "person": f"{self.name}-{number}"}
                _, decision = self._call(connection, "POST", "/v1/touchpoints", body)
                invitation = decision["invitation"]
                path = f"/v1/invitations/{invitation['token']}/response"
                status, _ = self._call(
                    connection, "PUT", path, {"answers": {"score": 1 + number % 5}, "complete": True}
                )
                if status == 202:
                    self.acknowledged.append(invitation["id"])
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the plug was pulled
        finally:
            connection.close()

    def _call(self, connection: http.client.HTTPConnection, method: str, path: str, body: Any) -> tuple[int, Any]:
        connection.request(method, path, json.dumps(body), {"authorization": f"Bearer {self._key}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


async def _save_key(served: Any, record: Any) -> None:
    store = await SqliteStore.open(served.db)
    await store.save_key(record)
    await store.close()


def test_no_acknowledged_answer_is_lost_in_twenty_kills_under_load(serve: Any, tmp_path: Any) -> None:
    key, record = make_key("sk", 1_800_000_000_000, bytes(range(40)))
    served = serve(TACTFUL_WATCH="false")
    served.kill()
    asyncio.run(_save_key(served, record))
    acknowledged: list[str] = []
    for kill in range(KILLS):
        served.url = ""
        served.start()
        assert served.url, "\n".join(served.log)
        clients = [Client(served.url, key, f"{kill}-{number}") for number in range(CLIENTS)]
        for client in clients:
            client.start()
        while not any(client.acknowledged for client in clients):
            assert any(client.is_alive() for client in clients), "no client could answer"
            time.sleep(0.01)
        time.sleep(LOAD)
        served.signal(signal.SIGKILL)
        served.wait()
        for client in clients:
            client.join()
            acknowledged += client.acknowledged
    completed = _completed(served.db)
    assert len(acknowledged) > KILLS * CLIENTS
    assert len(set(completed)) == len(completed), "a response was journalled twice"
    assert set(acknowledged) <= set(completed)


def _completed(path: Any) -> list[str]:
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT body FROM journal WHERE type = 'tactful.response.completed'").fetchall()
    finally:
        db.close()
    return [json.loads(body)["data"]["invitation"] for (body,) in rows]
