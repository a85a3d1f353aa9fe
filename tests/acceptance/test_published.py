"""`tactful serve` without a folder: how it starts, what it says, and that a killed gateway comes back consistent."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tactful_gateway.http.credentials.keys import make_key
from tactful_gateway.store.sqlite import SqliteStore
from tests.acceptance.conftest import SURVEY
from tests.eventually import eventually

KILLS = 12
LOAD = 0.15
"""Seconds of publishing before each kill, counted from the first that was acknowledged; more each time."""
KEYS = {"ak": make_key("ak", 1_800_000_000_000, bytes(40)), "sk": make_key("sk", 1_800_000_000_000, bytes(range(40)))}
ADMIN = {"authorization": f"Bearer {KEYS['ak'][0]}"}
SERVER = {"authorization": f"Bearer {KEYS['sk'][0]}"}


def with_keys(db: Path) -> None:
    """Make a database that knows the keys."""

    async def save() -> None:
        store = await SqliteStore.open(db)
        for _, record in KEYS.values():
            await store.save_key(record)
        await store.close()

    asyncio.run(save())


def put(url: str, text: str, **query: str) -> httpx.Response:
    body = {"files": {"survey.yaml": text}}
    return httpx.put(f"{url}/v1/ruleset", headers=ADMIN, json=body, params=query, timeout=20)


def reason(url: str, person: str) -> str:
    body = {"touchpoint": "payment", "person": person}
    return str(httpx.post(f"{url}/v1/touchpoints", headers=SERVER, json=body).json()["reason"])


def test_a_first_start_says_how_to_publish_and_a_later_one_serves_what_was(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    with_keys(tmp_path / "tactful.db")
    served = serve(None)
    while len(served.log) < 2:
        time.sleep(0.01)
    started, nothing = (json.loads(line) for line in served.log[:2])
    assert (started["source"], started["folder"], started["version"]) == ("published", None, None)
    assert (nothing["event"], nothing["level"]) == ("nothing_published", "warning")
    assert f"tactful publish FOLDER --gateway {served.url}" in nothing["remedy"]
    assert reason(served.url, "early") == "unknown_touchpoint"
    assert put(served.url, SURVEY).status_code == 200
    assert reason(served.url, "u") == "asked"
    served.signal(signal.SIGTERM)
    assert served.wait() == 0
    served.log.clear()
    served.start()
    started = json.loads(served.log[0])
    assert (started["event"], started["source"], started["version"]) == ("started", "published", 1)
    assert reason(served.url, "later") == "asked"
    served.signal(signal.SIGHUP)
    assert reason(served.url, "after-hup") == "asked"


def test_a_start_without_what_the_published_version_needs_says_what_is_missing(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    with_keys(tmp_path / "tactful.db")
    hook = 'sinks: {hook: {kind: webhook, url: "https://example.com", secret: "${HOOK_SECRET}"}}\n'
    served = serve(None, HOOK_SECRET="whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
    assert put(served.url, SURVEY + hook).status_code == 200
    served.kill()
    again = serve(None)
    assert again.wait() == 1
    said = "\n".join(again.log)
    assert "survey.yaml:11:59: unset_variable" in said
    assert "`HOOK_SECRET` is not set in the gateway's environment" in said
    assert "tactful serve FOLDER" in said
    assert "Traceback" not in said


class Publishing(threading.Thread):
    """Publishes one folder after the other, and notes the versions that were acknowledged."""

    def __init__(self, url: str, kill: int) -> None:
        super().__init__()
        self.acknowledged: list[dict[str, Any]] = []
        self._url = url
        self._kill = kill

    def run(self) -> None:
        """Go on until the gateway is gone."""
        try:
            for number in range(10_000):
                answer = put(self._url, SURVEY.replace("today?", f"in round {self._kill}.{number}?"))
                if answer.status_code == 200:
                    self.acknowledged.append(answer.json()["version"])
        except (httpx.HTTPError, ValueError):
            pass  # the plug was pulled


def test_a_gateway_killed_while_publishing_serves_the_latest_version_that_it_kept(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    with_keys(tmp_path / "tactful.db")
    served = serve(None)
    acknowledged: list[dict[str, Any]] = []
    for kill in range(KILLS):
        publishing = Publishing(served.url, kill)
        publishing.start()
        while not publishing.acknowledged:
            assert publishing.is_alive(), "nothing could be published"
            time.sleep(0.005)
        time.sleep(LOAD * kill / KILLS)
        served.signal(signal.SIGKILL)
        served.wait()
        publishing.join()
        acknowledged += publishing.acknowledged
        served.url = ""
        served.start()
        assert served.url, "\n".join(served.log)
        kept = httpx.get(f"{served.url}/v1/ruleset/versions?limit=200", headers=ADMIN).json()["versions"]
        ready = httpx.get(f"{served.url}/readyz").json()
        assert (ready["version"], ready["ruleset"]) == (kept[0]["number"], kept[0]["ruleset"])
        assert kept[0]["number"] - acknowledged[-1]["number"] in (0, 1), "one may have been kept without its answer"
    served.kill()
    _assert_nothing_is_lost_or_doubled(tmp_path / "tactful.db", acknowledged)


def _assert_nothing_is_lost_or_doubled(path: Path, acknowledged: list[dict[str, Any]]) -> None:
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT body FROM journal WHERE type = 'tactful.ruleset.published' ORDER BY seq").fetchall()
        versions = db.execute("SELECT number, ruleset, content FROM ruleset_version ORDER BY number").fetchall()
        lost = db.execute(
            "SELECT count(*) FROM ruleset_version WHERE ruleset NOT IN (SELECT version FROM ruleset)"
            " OR content NOT IN (SELECT content FROM survey_files)"
        ).fetchone()
    finally:
        db.close()
    told = [json.loads(body)["data"] for (body,) in rows]
    assert [(it["number"], it["ruleset"], it["content"]) for it in told] == versions
    assert [number for number, _, _ in versions] == list(range(1, len(versions) + 1))
    assert {(it["number"], it["ruleset"], it["content"]) for it in acknowledged} <= set(versions)
    assert lost == (0,)


def test_publishing_a_channel_that_sends_warns_where_links_lead_to_the_machine_itself(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    with_keys(tmp_path / "tactful.db")
    served = serve(None)
    assert put(served.url, SURVEY).status_code == 200
    said = "channels: {web: {kind: widget}, sms: {kind: http, url: 'https://sms.example'}}\n"
    tried = put(served.url, SURVEY + said, dry_run="1").json()
    published = put(served.url, SURVEY + said).json()
    again = put(served.url, SURVEY + said).json()
    assert [answer["result"] for answer in (tried, published, again)] == ["dry_run", "published", "unchanged"]
    for answer in (tried, published, again):
        (warning,) = (it for it in answer["check"]["problems"] if it["code"] == "no_public_url")
        assert warning["severity"] == "warning"
        place = (warning["path"], warning["line"])
        assert place == ("survey.yaml", len((SURVEY + said).splitlines())), "where the channel is declared"
        assert "--public-url" in warning["hint"]
    found = eventually(lambda: [json.loads(line) for line in served.log if "no_public_url" in line])
    assert [line["effect"] for line in found] == [f"messages over sms link to {served.url}"]
