"""`POST /v1/feedback`: responses collected elsewhere, one or many, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tests.conftest import SURVEY
from tests.eventually import eventually


def item(api: Any, name: str = "1", **more: Any) -> dict[str, Any]:
    """Make feedback of this test's own person and source."""
    return {
        "source": f"store {api.person}",
        "id": name,
        "touchpoint": "payment",
        "person": api.person,
        "at": "2026-03-01T09:30:00+08:00",
        "answers": {"rating": 4, "comment": "好"},
    } | more


def send(api: Any, body: Any, **query: str) -> Any:
    return api.post("/v1/feedback", headers=api.sk, json=body, params=query)


def events(api: Any) -> list[dict[str, Any]]:
    """Give what the journal has of this test's own person's feedback."""
    rows = api.gateway.run(api.gateway.gateway.services.store.journal(0, 100_000))
    told = [json.loads(row.body) for row in rows if row.type == "tactful.feedback.received"]
    return [event for event in told if event["subject"].startswith(api.person)]


def test_one_feedback_is_taken_once(api: Any) -> None:
    first = send(api, item(api))
    assert (first.status_code, first.json()) == (
        202,
        {"accepted": 1, "duplicate": 0, "rejected": 0, "results": [{"status": "accepted"}]},
    )
    again = send(api, item(api, at="2026-03-01T01:30:00Z", answers={"comment": "好", "rating": 4.0, "more": None}))
    assert again.json()["results"] == [{"status": "duplicate"}], (
        "the same instant, number and nothing, written otherwise"
    )
    other = send(api, item(api, answers={"rating": 5}))
    assert (other.status_code, other.json()["code"]) == (409, "feedback_conflict")
    assert len(events(api)) == 1


def test_a_batch_is_told_item_by_item_and_the_good_ones_stay(api: Any) -> None:
    checked = item(api, "checked", questionnaire="payment-csat", answers={"score": 2, "why": "slow"})
    items = [
        item(api, "a", params={"order": {"kind": "combo", "amount": -1}}),
        checked,
        item(api, "a", answers={"rating": 1}),
        item(api, "b", questionnaire="payment-csat", answers={"score": "2"}),
        item(api, "c", touchpoint="nowhere"),
        item(api, "d") | {"acme": 1},
        "what",
        checked,
        item(api, "e", answers={"comment": "x" * 70_000}),
        item(api, "f", scores={"nps": 11}),
    ]
    receipt = send(api, {"items": items})
    assert receipt.status_code == 202
    told = receipt.json()
    assert (told["accepted"], told["duplicate"], told["rejected"]) == (2, 1, 7)
    assert [(it["status"], it.get("code")) for it in told["results"]] == [
        ("accepted", None),
        ("accepted", None),
        ("rejected", "feedback_conflict"),
        ("rejected", "invalid_answers"),
        ("rejected", "invalid_request"),
        ("rejected", "invalid_request"),
        ("rejected", "invalid_request"),
        ("duplicate", None),
        ("rejected", "body_too_large"),
        ("rejected", "invalid_request"),
    ]
    assert told["results"][0]["rejected_params"] == ["order.amount"]
    assert [it["problems"][0]["path"] for it in told["results"][3:7]] == ["answers.score", "touchpoint", "acme", ""]
    kept = events(api)
    assert [it["data"]["external_id"] for it in kept] == ["a", "checked"]
    assert (kept[0]["data"]["params"], kept[1]["data"]["scores"]) == ({"order.kind": "combo"}, {"csat": 2})


def test_answers_under_a_questionnaire_that_there_is_not_are_taken_and_told_as_unchecked(api: Any) -> None:
    named = item(api, questionnaire="payment_csat", answers={"score": "any"})
    for query in {"dry_run": "1"}, {}:
        assert send(api, named, **query).json()["results"] == [{"status": "accepted", "unchecked": True}]
    assert send(api, named).json()["results"] == [{"status": "duplicate"}]


@pytest.mark.parametrize(
    ("more", "path", "code"),
    [
        ({"at": "2026-03-01"}, "at", "wrong_type"),
        ({"at": "2026-03-01T09:30:00"}, "at", "wrong_type"),
        ({"at": "1950-03-01T09:30:00Z"}, "at", "out_of_range"),
        ({"at": "2999-03-01T09:30:00Z"}, "at", "out_of_range"),
        ({"person": {"name": "x"}}, "person", "missing"),
        ({"person": "a\x00"}, "person", "invalid_id"),
        ({"source": "a\n"}, "source", "invalid_id"),
        ({"id": ""}, "id", "wrong_type"),
        ({"channel": "\u2028"}, "channel", "invalid_id"),
        ({"answers": {}}, "answers", "no_answer"),
        ({"answers": [1]}, "answers", "wrong_type"),
        ({"scores": {"csat": 0}}, "scores.csat", "out_of_range"),
        ({"scores": {"stars": 1}}, "scores", "wrong_type"),
    ],
)
def test_what_is_wrong_with_one_is_said_with_its_place(api: Any, more: Any, path: str, code: str) -> None:
    response = send(api, item(api, **more))
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    (problem,) = response.json()["problems"]
    assert (problem["path"], problem["code"]) == (path, code)
    assert problem["message"]


@pytest.mark.parametrize("missing", ["source", "id", "touchpoint", "person", "at"])
def test_what_is_missing_is_named(api: Any, missing: str) -> None:
    body = item(api)
    del body[missing]
    assert [(it["path"], it["code"]) for it in send(api, body).json()["problems"]] == [(missing, "missing")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"items": []}', 422),
        (b'{"items": {}}', 422),
        (b'{"items": [1], "source": "x"}', 422),
        (json.dumps({"items": [{}] * 501}).encode(), 422),
        (b"[]", 422),
        (b"1", 422),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"items": [{"id": "\\ud800"}]}', 400),
        (b'{"items": [{"answers": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]}", 422),
        (b'{"items": [{"answers": {"a": ' + b"[" * 20 + b"]" * 20 + b"}}]}", 202),
        (b'{"items": ' + b"[" * 500_000 + b"]" * 500_000 + b"}", 422),
        (b'{"items": [{"answers": {"a": 123456789012345678901234567890}}]}', 202),
        (b" " * 1_100_000, 413),
    ],
)
def test_a_body_that_is_none_is_refused_and_a_bad_item_is_the_items_matter(api: Any, body: bytes, status: int) -> None:
    response = api.post("/v1/feedback", headers=api.sk, content=body)
    assert response.status_code == status, response.text
    if status == 202:
        assert [it["status"] for it in response.json()["results"]] == ["rejected"]


def test_only_a_server_may_send_feedback(api: Any) -> None:
    for headers, status in ((api.pk, 403), (api.ak, 403), ({}, 401)):
        assert api.post("/v1/feedback", headers=headers, json=item(api)).status_code == status
    assert send(api, item(api), dryrun="1").status_code == 422


def test_a_dry_run_says_what_would_come_of_it_and_does_nothing(api: Any) -> None:
    good, bad = item(api), item(api, "2", touchpoint="nowhere")
    told = send(api, {"items": [good, bad]}, dry_run="1").json()
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert send(api, good).json()["accepted"] == 1
    assert send(api, good, dry_run="1").json()["duplicate"] == 1
    assert len(events(api)) == 1


def test_a_dry_run_of_a_batch_says_of_an_id_that_comes_again_what_the_run_says(api: Any) -> None:
    other = {**item(api), "answers": {"comment": "something else"}}
    bad = item(api, "2", touchpoint="nowhere")
    items = [
        item(api),
        item(api),
        other,
        {**item(api), "touchpoint": "nowhere"},
        bad,
        item(api, "2"),
        bad,
        item(api, "3"),
    ]
    dry, run, again = (send(api, {"items": items}, dry_run=flag).json() for flag in ("1", "0", "1"))
    assert dry == run
    assert [it.get("code") or it["status"] for it in run["results"]] == [
        "accepted",
        "duplicate",
        "feedback_conflict",
        "feedback_conflict",
        "invalid_request",
        "accepted",
        "feedback_conflict",
        "accepted",
    ]
    assert (again["accepted"], again["duplicate"]) == (0, 4)


def test_an_answer_from_elsewhere_ends_the_ask_and_keeps_the_next_away(api: Any) -> None:
    invitation = api.invite(event_id="order-1")
    now = datetime.now(UTC)
    answered = item(
        api,
        event_id="order-1",
        questionnaire="payment-csat",
        answers={"score": 5},
        at=(now - timedelta(days=1)).isoformat(),
    )
    assert send(api, answered).status_code == 202
    assert api.post(f"{invitation}/events", json={"type": "displayed"}).status_code == 409
    assert api.ask(event_id="order-2")["reason"] == "paused"
    explained = api.post("/v1/explain", headers=api.ak, json={"touchpoint": "payment", "person": api.person}).json()
    assert (explained["state"]["answers"], explained["state"]["last_score"]) == (1, 5)
    long_ago = item(api, "2", person=f"{api.person}-b", questionnaire="payment-csat", answers={"score": 5})
    assert send(api, long_ago | {"at": (now - timedelta(days=91)).isoformat()}).status_code == 202
    assert api.ask("-b")["reason"] == "asked"


def test_a_clock_a_little_ahead_is_forgiven(api: Any) -> None:
    at = datetime.now(UTC) + timedelta(minutes=4)
    assert send(api, item(api, at=at.isoformat())).status_code == 202
    late = send(api, item(api, "2", at=(at + timedelta(minutes=4)).isoformat()))
    assert (late.status_code, late.json()["problems"][0]["message"]) == (422, "It lies in the future.")


def test_many_senders_of_the_same_feedback_at_once_make_one_event_each(api: Any) -> None:
    batches = [{"items": [item(api, str(number)) for number in range(40)]} for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        receipts = [response.json() for response in pool.map(lambda body: send(api, body), batches)]
    assert (sum(it["accepted"] for it in receipts), sum(it["duplicate"] for it in receipts)) == (40, 280)
    assert sorted(it["data"]["external_id"] for it in events(api)) == sorted(map(str, range(40)))


def test_what_is_received_is_accepted_duplicate_or_rejected_and_counted_so(
    running_gateway: Callable[..., Any], described_client: Any
) -> None:
    with described_client(running_gateway(db="memory:")) as api:
        send(
            api, {"items": [item(api), item(api), item(api, "2", touchpoint="x" * 30), item(api, answers={"a": 1}), 1]}
        )
        send(api, item(api, "3"), dry_run="1")
        lines = [line for line in api.get("/metrics").text.splitlines() if line.startswith("tactful_feedback_total{")]
    assert sorted(lines) == [
        'tactful_feedback_total{code="",result="accepted",touchpoint="payment"} 1.0',
        'tactful_feedback_total{code="",result="duplicate",touchpoint="payment"} 1.0',
        'tactful_feedback_total{code="feedback_conflict",result="rejected",touchpoint="payment"} 1.0',
        'tactful_feedback_total{code="invalid_request",result="rejected",touchpoint="(undeclared)"} 2.0',
    ]


class FullStore(MemoryStore):
    """A store whose disk is full when told so."""

    full = False

    async def transact(self, keys: Any, step: Any) -> None:
        if self.full:
            raise StoreUnavailableError("disk full")
        await super().transact(keys, step)


def test_a_gateway_that_cannot_write_says_when_to_come_again_and_loses_nothing(
    running_gateway: Callable[..., Any], described_client: Any
) -> None:
    store = FullStore()
    with described_client(running_gateway(db="memory:", store=store)) as api:
        batch = {"items": [item(api, str(uuid4())) for _ in range(5)]}
        store.full = True
        refused = send(api, batch)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        store.full = False
        assert send(api, batch).json()["accepted"] == 5


def test_it_is_known_again_after_a_restart(running_gateway: Callable[..., Any], described_client: Any) -> None:
    first = running_gateway()
    with described_client(first) as api:
        body = item(api)
        assert send(api, body).json()["accepted"] == 1
    first.stop()
    with described_client(running_gateway()) as api:
        assert send(api, body).json()["duplicate"] == 1
        assert send(api, body | {"answers": {"a": 1}}).status_code == 409


SINK = """
sinks:
  unhappy:
    kind: jsonl
    path: "{path}"
    events: [feedback.received]
    where: {{answers.stars: {{at_most: 2}}, params.order.kind: combo, person.vip: true, score.nps: {{less_than: 7}}}}
"""


def test_a_sink_hears_of_the_feedback_that_it_wants(
    running_gateway: Callable[..., Any],
    described_client: Any,
    tmp_path: Path,
) -> None:
    told = tmp_path / "unhappy.jsonl"
    with described_client(running_gateway(SURVEY + SINK.format(path=told), db="memory:")) as api:
        wanted = {"params": {"order.kind": "combo"}, "person": {"id": api.person, "vip": True}, "scores": {"nps": 6}}
        items = [
            item(api, "good", answers={"stars": 5}, **wanted),
            item(api, "bad", answers={"stars": 2}, **wanted),
            item(api, "no-vip", answers={"stars": 2}, **{**wanted, "person": api.person}),
        ]
        assert send(api, {"items": items}).json()["accepted"] == 3
        eventually(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("\n"))
    lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    assert [it["data"]["external_id"] for it in lines] == ["bad"]
