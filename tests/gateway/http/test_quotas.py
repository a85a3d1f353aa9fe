"""A quota from outside: who closed the question and answers all the same is heard, and takes nobody's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

SURVEY = """
touchpoints: {payment: {}}
rules: {one: {at: payment, ask: csat, quota: {answers: 1}}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How was it?}]}}
do_not_disturb: {caps: [{at_most: 9, per: 1d}]}
"""


def answer(api: Any, path: str, **more: Any) -> None:
    assert api.put(f"{path}/response", json={"answers": {"score": 4}, **more}).status_code == 202


def signal(api: Any, path: str, type_: str) -> None:
    assert api.post(f"{path}/events", json={"type": type_}).status_code == 202


def kept(api: Any, person: str) -> dict[str, Any]:
    found = api.get(f"/v1/persons/{quote(api.person + person, safe='')}", headers=api.ak)
    document: dict[str, Any] = found.json()
    return document


def marked(document: dict[str, Any], type_: str) -> list[Any]:
    events = [it["event"] for it in document["events"] if it["event"]["type"] == f"tactful.{type_}"]
    return [it["data"].get("beyond_quota") for it in events]


def places(api: Any) -> dict[str, Any]:
    explained = api.post("/v1/explain", headers=api.ak, json={"touchpoint": "payment", "person": "anybody"})
    quota: dict[str, Any] = explained.json()["rules"][0]["quota"]
    return {key: quota[key] for key in ("used", "counted", "held", "full")}


def test_an_answer_after_its_place_went_to_another_is_told_as_beyond_the_quota(
    running_gateway: Callable[..., Any], described_client: Any
) -> None:
    with described_client(running_gateway(SURVEY)) as api:
        late = api.invite("-late")
        signal(api, late, "displayed")
        assert api.ask("-other")["reason"] == "quota_full"
        assert places(api) == {"used": 1, "counted": 0, "held": 1, "full": True}
        signal(api, late, "dismissed")
        other = api.invite("-other", event_id="again")
        answer(api, late)
        answer(api, late, complete=True)
        signal(api, other, "displayed")
        answer(api, other, complete=True)
        heard, counted = kept(api, "-late"), kept(api, "-other")
        assert (marked(heard, "response.updated"), marked(heard, "response.completed")) == ([True], [True])
        assert marked(counted, "response.completed") == [None]
        assert [it.get("beyond_quota") for it in (*heard["invitations"], *counted["invitations"])] == [True, None]
        assert heard["states"][0]["answers"] == 1
        assert places(api) == {"used": 1, "counted": 1, "held": 0, "full": True}
