"""The ruleset, reports, health and metrics from outside; and what the log never says."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tactful_gateway.http.endpoints.reports import TAKEN
from tactful_gateway.keeping.forgetting import REMEMBER
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.records import Measure
from tactful_rules.model.ids import DAY, MINUTE, SECOND, rfc3339

NOW = int(time.time() * 1000)


def report(number: int = 1, **more: Any) -> dict[str, Any]:
    params = {"order.amount": {"count": 3, "sum": 90.5, "sum_squares": 3000, "min": 10, "max": 50}}
    entry = {"touchpoint": "payment", "reason": "no_rule", "count": 3, "params": params}
    times = {"since": rfc3339(NOW), "until": rfc3339(NOW + 10 * SECOND)}
    return {"id": f"report-{number}", **times, "touchpoints": [entry], **more}


def test_the_gates_part_has_a_strong_etag_and_is_not_sent_twice(api: Any) -> None:
    first = api.get("/v1/ruleset", headers=api.sk)
    assert set(first.json()["touchpoints"]) == {"payment", "menu-page"}
    etag = first.headers["etag"]
    assert etag.startswith('"')
    for tags in (etag, f'"other", {etag}', "*", f"W/{etag}"):
        again = api.get("/v1/ruleset", headers={**api.sk, "if-none-match": tags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert api.get("/v1/ruleset", headers={**api.sk, "if-none-match": '"other"'}).status_code == 200


def test_the_metrics_say_which_sdks_look_for_the_ruleset(api: Any) -> None:
    for agent in ("tactful-python/0.1.0", "tactful-python/0.2.0", "curl/8.5", "tactful-python/0.1.0 (evil)"):
        assert api.get("/v1/ruleset", headers={**api.sk, "user-agent": agent}).status_code == 200
    looks = [line for line in api.get("/metrics").text.splitlines() if line.startswith("tactful_sdk_last_look")]
    assert [line.split("}")[0] for line in looks] == [
        f'tactful_sdk_last_look_timestamp_seconds{{sdk="tactful-python/{version}"' for version in ("0.1.0", "0.2.0")
    ]
    assert all(float(line.split()[-1]) > 1_600_000_000 for line in looks)


def test_the_gates_part_says_nothing_of_what_would_be_asked(api: Any) -> None:
    assert "payment-csat" not in api.get("/v1/ruleset", headers=api.sk).text


def test_the_widget_learns_its_triggers(api: Any) -> None:
    response = api.get("/v1/widget", params={"key": api.gateway.keys["pk"]}, headers={"origin": api.gateway.origin})
    assert response.json() == {
        "triggers": [{"touchpoint": "menu-page", "url": "/menu*", "on": "dwell", "dwell": 20_000}]
    }
    assert response.headers["access-control-allow-origin"] == api.gateway.origin
    assert "Origin" in response.headers["vary"]


def test_a_report_counts_once(running_gateway: Any, described_client: Any) -> None:
    gateway = running_gateway(db="memory:")
    with described_client(gateway) as api:
        first = api.post("/v1/reports", headers=api.sk, json=report())
        assert (first.status_code, first.json()) == (202, {"duplicate": False})
        assert api.post("/v1/reports", headers=api.sk, json=report()).json() == {"duplicate": True}
        api.post("/v1/reports", headers=api.sk, json=report(2))
        counts = gateway.run(gateway.gateway.services.store.counts())
        assert [(key.touchpoint, key.reason, key.source, count) for key, count in counts.items()] == [
            ("payment", "no_rule", "sdk", 6)
        ]
        measures = gateway.run(gateway.gateway.services.store.measures())
        assert [(key.param, measure) for key, measure in measures.items()] == [
            ("order.amount", Measure(6, 181.0, 6000.0, 10.0, 50.0))
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "yesterday"},
        {"since": "2026-11-22T09:00:00"},
        {"until": rfc3339(NOW - 1)},
        {"touchpoints": [{"touchpoint": "payment", "reason": "because", "count": 1}]},
        {"touchpoints": [{"touchpoint": "payment", "reason": "no_rule", "count": -1}]},
        {"id": ""},
        {"since": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(api: Any, wrong: dict[str, Any]) -> None:
    assert api.post("/v1/reports", headers=api.sk, json=report(**wrong)).status_code == 422


def test_a_report_that_may_have_been_counted_and_forgotten_is_refused(api: Any) -> None:
    now = int(time.time() * 1000)  # the gateway's now: this file was read minutes ago, in a long run
    for age, status in ((TAKEN + MINUTE, 422), (TAKEN - MINUTE, 202)):
        times = {"since": rfc3339(now - age - 10 * SECOND), "until": rfc3339(now - age)}
        assert api.post("/v1/reports", headers=api.sk, json=report(age, **times)).status_code == status
    assert TAKEN <= REMEMBER - DAY


def test_alive_and_ready_are_answered_without_a_key(api: Any) -> None:
    assert api.get("/livez").json() == {"status": "alive"}
    ready = api.get("/readyz").json()
    assert (ready["status"], ready["store"], ready["disk"], ready["reload"]) == ("ready", "ok", "ok", [])
    assert not {"sinks", "channels"} & ready.keys()


def test_readiness_names_sinks_and_channels_to_those_with_a_key(api: Any) -> None:
    ready = api.get("/readyz").json()
    for key in ("sk", "ak"):
        headers = {"authorization": f"Bearer {api.gateway.keys[key]}"}
        assert api.get("/readyz", headers=headers).json() == {**ready, "sinks": {}, "channels": {}}
    for text, status in (("sk_made_up", 401), (api.gateway.keys["pk"], 403)):
        refused = api.get("/readyz", headers={"authorization": f"Bearer {text}", "origin": api.gateway.origin})
        assert (refused.status_code, "sinks" in refused.json()) == (status, False)
    for proxys in ("Basic b3BzOnNlY3JldA==", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln"):
        answer = api.get("/readyz", headers={"authorization": proxys})
        assert (answer.status_code, answer.json()) == (200, ready)


def test_metrics_count_requests_decisions_and_responses(api: Any) -> None:
    path = api.invite()
    api.post(f"{path}/response", json={"answers": {"score": 5}, "complete": True})
    api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "made-up-by-a-stranger", "person": "u"})
    response = api.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    text = response.text
    for line in (
        'tactful_decisions_total{reason="asked",touchpoint="payment"}',
        'tactful_decisions_total{reason="unknown_touchpoint",touchpoint="(undeclared)"}',
        'tactful_responses_total{complete="true",duplicate="false",touchpoint="payment"}',
        'route="/v1/invitations/{token}/response",status="202"',
        "tactful_ruleset{version=",
        "tactful_journal_head",
    ):
        assert line in text
    assert "made-up-by-a-stranger" not in text
    assert path.rsplit("/", 1)[1] not in text


def test_the_log_holds_no_token_key_or_answer(api: Any) -> None:
    with capture_logs() as lines:
        path = api.invite()
        api.post(f"{path}/response", json={"answers": {"score": 1, "why": "my secret answer"}, "complete": True})
        api.post(f"{path}/response", json={"answers": {"score": "my secret answer"}, "complete": True})
        api.get(path.replace("/v1/invitations/", "/i/"))
        api.get(f"/nowhere/{path.rsplit('/', 1)[1]}")
        api.post("/v1/touchpoints", params={"key": api.gateway.keys["pk"]}, json={})
    text = repr(lines)
    assert len(lines) >= 5
    for secret in (path.rsplit("/", 1)[1], api.gateway.keys["sk"], api.gateway.keys["pk"], "my secret answer"):
        assert secret not in text


class FullStore(MemoryStore):
    """A store whose disk is full, once the gateway has started."""

    async def transact(self, keys: Any, step: Any) -> None:
        if await self.versions(None, 1):
            raise StoreUnavailableError("the disk of /srv/secret-place.db is full", "disk_full")
        await super().transact(keys, step)

    async def check(self) -> None:
        raise StoreUnavailableError("the disk of /srv/secret-place.db is full", "disk_full")


class BrokenStore(MemoryStore):
    """A store with a mistake in it, once the gateway has started."""

    async def transact(self, keys: Any, step: Any) -> None:
        if await self.versions(None, 1):
            raise ZeroDivisionError("my secret answer")
        await super().transact(keys, step)


def test_a_full_disk_is_said_with_when_to_come_again(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(store=FullStore(), db="memory:")) as api:
        response = api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "payment", "person": "u"})
        assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
        assert int(response.headers["retry-after"]) > 0
        with capture_logs() as lines:
            ready = api.get("/readyz")
        assert (ready.status_code, ready.json()["cause"]) == (503, "disk_full")
        assert "free some space" in ready.json()["store"]
        assert "secret-place" not in ready.text  # everybody may ask
        assert ["secret-place" in line["error"] for line in lines if line["event"] == "not_ready"] == [True]
        assert int(ready.headers["retry-after"]) > 0
        assert api.get("/livez").status_code == 200


def test_a_mistake_of_ours_is_logged_by_name_and_told_to_nobody(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(store=BrokenStore(), db="memory:")) as api, capture_logs() as lines:
        response = api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "payment", "person": "u"})
        assert (response.status_code, response.json()["code"]) == (500, "internal_error")
        assert "ZeroDivision" not in response.text
    failures = [line for line in lines if line["event"] == "request_failed"]
    assert [line["error"] for line in failures] == ["ZeroDivisionError"]
    assert "my secret answer" not in repr(lines)


@pytest.mark.parametrize("error", [StoreUnavailableError("u-1 is lost", "down"), ZeroDivisionError("my secret answer")])
def test_an_answer_in_whose_middle_the_store_fails_breaks_off_and_is_one_line_in_the_log(
    running_gateway: Any,
    described_client: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    store = MemoryStore()

    async def fail(*_: object) -> None:
        raise error

    with described_client(running_gateway(store=store, db="memory:")) as api:
        api.ask()
        monkeypatch.setattr(store.personal, "page", fail)
        with capture_logs() as lines, pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            api.get(f"/v1/persons/{api.person}", headers=api.ak)
        assert api.get("/livez").status_code == 200
    (said,) = (line for line in lines if line["log_level"] == "error")
    assert (said["event"], said["route"]) == ("answer_broken_off", "/v1/persons/{person}")
    assert said["error"] == type(error).__name__
    assert not any(part in repr(lines) for part in (api.person, str(error)))
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
