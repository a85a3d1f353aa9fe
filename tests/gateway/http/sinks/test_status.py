"""`GET /v1/sinks`, `/readyz` and `/metrics`: how sinks are doing, in numbers that balance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.http.sinks.conftest import Hook, SinksClient


def metrics(sinks: SinksClient) -> dict[str, float]:
    lines = sinks.api.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_a_sink_that_has_everything_says_so(sinks: SinksClient) -> None:
    sinks.opt_out("u-1", "u-2")
    sinks.opt_out("u-1", opt_in="all")
    file = sinks.until("file", delivered=3, pending=0)
    assert (file["kind"], file["state"], file["circuit"], file["error"]) == ("jsonl", "running", "closed", "")
    assert (file["lag"], file["dead"], file["next_try"]) == ({"events": 0, "seconds": 0.0}, 0, None)
    hook = sinks.until("hook", delivered=2, cursor=file["cursor"])
    assert (hook["accepted"], hook["filtered"]) == (2, file["filtered"] + 1)


def test_a_sink_that_is_behind_tells_by_how_much_and_when_it_tries_again(sinks: SinksClient, hook: Hook) -> None:
    hook.answer = lambda _: (503, {"retry-after": "3600"}, b"")
    sinks.opt_out("u-1", "u-2", "u-3")
    found = sinks.until("hook", state="retrying", pending=3)
    assert (found["attempts"], found["error"], found["delivered"]) == (1, "HTTP 503 Service Unavailable", 0)
    assert found["next_try"] > "2026"
    assert (found["lag"]["events"], found["circuit"]) == (3, "open")
    assert 0 <= found["lag"]["seconds"] < 60
    assert sinks.until("file", delivered=3)["state"] == "running"
    ready = sinks.api.get("/readyz", headers=sinks.api.sk)
    assert (ready.status_code, ready.json()["sinks"]) == (
        200,
        {"file": {"state": "running", "circuit": "closed"}, "hook": {"state": "retrying", "circuit": "open"}},
    )


def test_the_metrics_say_the_same(sinks: SinksClient, hook: Hook) -> None:
    hook.answer = lambda event: (422, {}, b"no") if len(hook.tried) == 1 else (503, {"retry-after": "3600"}, b"")
    sinks.opt_out("u-1", "u-2", "u-3")
    found = sinks.until("hook", state="retrying", dead=1, pending=2)
    counted = metrics(sinks)
    for name in ("accepted", "delivered", "filtered"):
        assert counted[f'tactful_sink_{name}_total{{sink="hook"}}'] == found[name]
    for name in ("pending", "uncounted", "dead"):
        assert counted[f'tactful_sink_{name}{{sink="hook"}}'] == found[name]
    assert counted['tactful_sink_stopped{sink="hook"}'] == 0
    assert counted['tactful_sink_lag_seconds{sink="hook"}'] >= found["lag"]["seconds"]
    states = {state: counted[f'tactful_sink_circuit{{sink="hook",state="{state}"}}'] for state in STATES}
    assert states == {"closed": 0, "open": 1, "half_open": 0}
    assert counted['tactful_sink_circuit{sink="file",state="closed"}'] == 1


STATES = ("closed", "open", "half_open")


@pytest.mark.parametrize("key", ["sk", "pk", None])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/sinks"),
        ("POST", "/v1/sinks/file/replay"),
        ("GET", "/v1/sinks/file/dead"),
        ("POST", "/v1/sinks/file/dead/retry"),
    ],
)
def test_only_an_administrator_may_look_after_sinks(api: Any, key: str | None, method: str, path: str) -> None:
    headers = {} if key is None else getattr(api, key)
    refused = api.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert (refused.status_code, refused.json()["code"]) == ((401, "missing_key") if key is None else (403, WRONG))


WRONG = "wrong_key_kind"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/sinks/nobody/replay", {"from": 1}),
        ("GET", "/v1/sinks/nobody/dead", None),
        ("POST", "/v1/sinks/nobody/dead/retry", {}),
        ("POST", "/v1/sinks/nobody/dead/retry", {"ids": ["a"]}),
    ],
)
def test_a_sink_that_is_not_there_is_said(sinks: SinksClient, method: str, path: str, body: Any) -> None:
    refused = sinks.post(path, body) if method == "POST" else sinks.get(path)
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_sink")
