"""`POST /v1/touchpoints` from outside: what is decided, and for whom."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tactful import sign_person
from tactful_rules.model.ids import to_datetime

IDENTITY_SECRET = "an identity secret of the shop and long enough"
ANONYMOUS = "anon_0123456789abcdef"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 "
    "Mobile/15E148 Safari/604.1"
)
PHONES_ONLY = """
touchpoints: {payment: {}}
rules: {phones: {at: payment, ask: q, when: {device.type: phone, device.os: iOS}}}
questionnaires: {q: {questions: [{id: score, type: nps, text: How likely?}]}}
"""


def test_everybody_who_pays_is_asked(api: Any) -> None:
    decision = api.ask(params={"order": {"kind": "combo", "amount": 38.5}})
    assert decision["ask"] is True
    assert decision["reason"] == "asked"
    assert (decision["rule"], decision["questionnaire"], decision["channel"]) == ("any-payment", "payment-csat", "web")
    invitation = decision["invitation"]
    assert invitation["url"] == f"{api.gateway.url}/i/{invitation['token']}"
    assert invitation["questionnaire"]["questions"][0]["text"] == "How was paying today?"
    assert invitation["params"] == {"order.kind": "combo", "order.amount": 38.5}


def test_the_questionnaire_comes_in_the_callers_locale(api: Any) -> None:
    invitation = api.ask(locale="zh-CN")["invitation"]
    assert invitation["locale"] == "zh-CN"
    assert invitation["questionnaire"]["questions"][0]["text"] == "您对本次支付体验满意吗?"


def test_an_undeclared_touchpoint_is_a_decision_not_an_error(api: Any) -> None:
    response = api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "nowhere", "person": "u"})
    assert response.status_code == 200
    assert (response.json()["ask"], response.json()["reason"]) == (False, "unknown_touchpoint")


def test_ill_typed_params_are_named_and_missing_ones_are_not(api: Any) -> None:
    decision = api.ask(params={"order": {"kind": "combo", "amount": "38"}})
    assert decision["rejected_params"] == ["order.amount"]
    assert api.ask("u-2")["rejected_params"] == []


def test_the_same_event_gets_the_same_decision_again(api: Any) -> None:
    first, second = api.ask(event_id="order-991"), api.ask(event_id="order-991")
    assert first["event_id"] == "order-991"
    assert second["invitation"]["id"] == first["invitation"]["id"]
    assert second["invitation"]["token"] == first["invitation"]["token"]


def test_an_open_invitation_is_given_again_with_the_same_token(api: Any) -> None:
    first, second = api.ask(), api.ask()
    assert (first["again"], second["again"]) == (False, True)
    assert second["invitation"]["token"] == first["invitation"]["token"]


def test_two_hundred_calls_at_once_for_one_person_make_exactly_one_ask(running_gateway: Any) -> None:
    gateway = running_gateway()
    headers = {"authorization": f"Bearer {gateway.keys['sk']}"}
    limits = httpx.Limits(max_connections=50)
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=20, limits=limits) as client:

        def call(number: int) -> dict[str, Any]:
            body = {"touchpoint": "payment", "person": "u-42", "event_id": f"order-{number}"}
            decision: dict[str, Any] = client.post("/v1/touchpoints", json=body).json()
            return decision

        with ThreadPoolExecutor(50) as pool:
            decisions = list(pool.map(call, range(200)))
    assert {decision["reason"] for decision in decisions} == {"asked"}
    assert len({decision["invitation"]["id"] for decision in decisions}) == 1
    assert sum(not decision["again"] for decision in decisions) == 1
    created = [row for row in gateway.run(gateway.gateway.services.store.journal(0, 1000)) if "created" in row.type]
    assert len(created) == 1


def test_a_trace_comes_only_when_asked_for(api: Any) -> None:
    body = {"touchpoint": "payment", "person": api.person}
    assert "trace" not in api.post("/v1/touchpoints", headers=api.sk, json=body).json()
    traced = api.post("/v1/touchpoints?trace=1", headers=api.sk, json={**body, "person": f"{api.person}-v"}).json()
    assert [step["step"] for step in traced["trace"]]
    page = {"touchpoint": "payment", "anonymous_id": ANONYMOUS}
    assert "trace" not in api.post("/v1/touchpoints?trace=1", headers=api.pk, json=page).json()


def test_a_decision_is_never_cached(api: Any) -> None:
    response = api.post("/v1/touchpoints", headers=api.sk, json={"touchpoint": "payment", "person": "u"})
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "x" * 500, "Asia"])
def test_a_time_zone_that_does_not_exist_counts_as_none(api: Any, zone: str) -> None:
    assert api.ask(timezone=zone)["tz_source"] == "settings"


def test_a_time_zone_that_exists_is_the_events(api: Any) -> None:
    assert api.ask(timezone="Asia/Shanghai")["tz_source"] == "event"


def test_a_visitor_without_identity_is_the_anonymous_id(api: Any) -> None:
    body = {"touchpoint": "payment", "person": api.person, "anonymous_id": ANONYMOUS}
    by_page = api.post("/v1/touchpoints", headers=api.pk, json=body).json()
    assert by_page["ask"] is True
    by_server = api.ask(ANONYMOUS)
    assert by_server["invitation"]["id"] == by_page["invitation"]["id"]
    assert api.ask()["invitation"]["id"] != by_page["invitation"]["id"]


def test_a_visitor_with_a_good_identity_token_is_the_person(running_gateway: Any, described_client: Any) -> None:
    gateway = running_gateway(
        db="memory:", identity_secrets=f"a new secret that is quite long enough,{IDENTITY_SECRET}"
    )
    with described_client(gateway) as api:
        token = sign_person(IDENTITY_SECRET, api.person, time.time() + 60)
        body = {"touchpoint": "payment", "identity": token, "anonymous_id": ANONYMOUS, "person": {"visits": 3}}
        by_page = api.post("/v1/touchpoints", headers=api.pk, json=body).json()
        assert by_page["invitation"]["id"] == api.ask()["invitation"]["id"]
        in_header = {**api.pk, "x-tactful-identity": token}
        again = api.post("/v1/touchpoints", headers=in_header, json={"touchpoint": "payment"}).json()
        assert again["invitation"]["id"] == by_page["invitation"]["id"]


def test_a_bad_identity_token_is_the_anonymous_visitor_or_nobody(running_gateway: Any, described_client: Any) -> None:
    gateway = running_gateway(db="memory:", identity_secrets=IDENTITY_SECRET)
    expired = sign_person(IDENTITY_SECRET, "u-42", to_datetime(0))
    with described_client(gateway) as api:
        body = {"touchpoint": "payment", "identity": expired}
        response = api.post("/v1/touchpoints", headers=api.pk, json=body)
        assert (response.status_code, response.json()["code"]) == (401, "invalid_identity")
        response = api.post("/v1/touchpoints", headers=api.pk, json={**body, "anonymous_id": ANONYMOUS})
        assert response.json()["invitation"]["id"] == api.ask(ANONYMOUS)["invitation"]["id"]


def test_a_page_call_says_what_the_device_is_by_its_user_agent(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(PHONES_ONLY, db="memory:")) as api:

        def reason(user_agent: str) -> Any:
            body = {"touchpoint": "payment", "anonymous_id": ANONYMOUS, "device": {"type": "phone", "os": "iOS"}}
            return api.post("/v1/touchpoints", headers={**api.pk, "user-agent": user_agent}, json=body).json()["reason"]

        assert reason("Googlebot/2.1 (+http://www.google.com/bot.html)") == "bot"
        assert reason("curl/8.0") == "no_rule"
        assert reason(IPHONE) == "asked"


def test_a_server_names_the_device_or_hands_on_the_user_agent(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(PHONES_ONLY, db="memory:")) as api:
        assert api.ask("a", device={"user_agent": IPHONE})["reason"] == "asked"
        assert api.ask("b", device={"type": "phone", "os": "iOS"})["reason"] == "asked"
        assert api.ask("c", device={"user_agent": IPHONE, "type": "tablet"})["reason"] == "no_rule"
        assert api.ask("d")["reason"] == "no_rule"
