"""`POST /v1/explain`: the full trace with what is kept of the person, and nothing happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest

from tactful_gateway.explanation import Explanation
from tests.stopwatch import Stopwatch

SURVEY = """
settings: {timezone: Asia/Shanghai}
touchpoints:
  payment: {stage: order, params: {order.amount: number, order.kind: string}}
journey: [{stage: order}]
rules:
  big:
    at: payment
    when: {order.amount: {at_least: 30}, any: [{order.kind: combo}, {not: {person.visits: {at_most: 2}}}]}
    ask: nps
    quota: {answers: 1}
    priority: 10
  small: {at: payment, ask: nps}
questionnaires:
  nps: {questions: [{id: score, type: nps, text: How?}]}
do_not_disturb:
  pauses: [{after: asked, for: 7d}]
"""
DEEP = "{any: [{order.kind: a}, {all: [" * 6 + "{order.amount: {at_least: 30}}" + "]}]}" * 6


@pytest.fixture
def gateway(running_gateway: Any, described_client: Any, clock: Any) -> Any:
    """Give a client of a gateway of this test's own, whose clock the test moves."""
    with described_client(running_gateway(SURVEY, clock=clock, db="memory:")) as client:
        yield client


def explain(client: Any, **call: Any) -> dict[str, Any]:
    body = {"touchpoint": "payment", "person": client.person, **call}
    response: httpx.Response = client.post("/v1/explain", headers=client.ak, json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    msgspec.json.decode(response.content, type=Explanation)
    return found


def until(done: Callable[[], bool]) -> Iterator[None]:
    """Go round, a hundred times a second, until something is done."""
    while not done():
        yield
        time.sleep(0.01)


def _seconds_to(url: str) -> float:
    with Stopwatch() as took:
        httpx.get(url, timeout=60)
    return took.seconds


def test_every_rule_has_its_conditions_as_a_tree_with_values_and_verdicts(gateway: Any) -> None:
    found = explain(gateway, params={"order": {"amount": "38", "kind": 7}}, person={"id": "u", "visits": "many"})
    assert [rule["rule"] for rule in found["rules"]] == ["big", "small"]
    assert found["rejected_params"] == ["order.amount", "order.kind"]
    amount, group = found["rules"][0]["when"]["parts"]
    assert (amount["attribute"], amount["value"], amount["verdict"], amount["why"]) == (
        "order.amount",
        None,
        None,
        "rejected",
    )
    assert (group["op"], group["verdict"]) == ("any", None)
    kind, negated = group["parts"]
    assert kind["why"] == "rejected"
    (visits,) = negated["parts"]
    assert (negated["op"], visits["value"], visits["verdict"], visits["why"]) == ("not", "many", None, "wrong_type")
    assert (found["rules"][0]["outcome"], found["rules"][1]["outcome"]) == ("no_match", "asked")
    missing = explain(gateway)["rules"][0]["when"]["parts"][0]
    assert (missing["value"], missing["why"]) == (None, "missing")


def test_it_sees_what_is_kept_of_the_person(gateway: Any, clock: Any) -> None:
    assert explain(gateway)["reason"] == "asked"
    invitation = gateway.invite()
    found = explain(gateway)
    assert (found["reason"], found["again"], found["state"]["open"][0]["rule"]) == ("asked", True, "small")
    assert found["invitation"] == found["state"]["open"][0]["id"]
    gateway.post(f"{invitation}/events", json={"type": "displayed"})
    gateway.put(f"{invitation}/response", json={"answers": {"score": 9}, "complete": True})
    found = explain(gateway)
    assert (found["reason"], found["until"]) == ("paused", "2027-01-22T08:00:00.000Z")
    assert (found["state"]["asks"], found["state"]["answers"], found["state"]["last_score"]) == (1, 1, 9.0)
    assert [(event["kind"], event["stage"]) for event in found["state"]["history"]] == [
        ("asked", "order"),
        ("answered", "order"),
    ]
    gateway.put(f"/v1/persons/{gateway.person}/preferences", headers=gateway.sk, json={"opt_out": "all"})
    found = explain(gateway)
    assert (found["reason"], found["state"]["opted_out"]) == ("opted_out", ["*"])
    assert found["steps"][-1] == {"step": "opt_out", "ok": False, "reason": "opted_out"}
    assert found["rules"][1]["outcome"] == "not_tried"


def test_it_decides_nothing(gateway: Any) -> None:
    before = gateway.get("/metrics").text
    for _ in range(3):
        found = explain(gateway, event_id="e-1")
        assert (found["reason"], found["again"], found["remembered"], found["state"]["open"]) == (
            "asked",
            False,
            None,
            [],
        )
    assert [line for line in gateway.get("/metrics").text.splitlines() if "decision" in line] == [
        line for line in before.splitlines() if "decision" in line
    ]
    decision = gateway.ask(event_id="e-1")
    assert (decision["reason"], decision["again"]) == ("asked", False)
    assert explain(gateway, event_id="e-1")["remembered"]["reason"] == "asked"


def test_a_used_quota_is_seen(gateway: Any) -> None:
    big = {"params": {"order": {"amount": 38, "kind": "combo"}}}
    assert explain(gateway, **big)["rules"][0]["quota"] == {
        "unit": "answers",
        "limit": 1,
        "per": None,
        "used": 0,
        "counted": 0,
        "held": 0,
        "full": False,
    }
    gateway.ask("-other", **big)
    found = explain(gateway, **big)
    assert (found["rules"][0]["quota"]["used"], found["rules"][0]["outcome"]) == (1, "quota_full")
    assert (found["rule"], found["reason"]) == ("small", "asked")
    unmatched = explain(gateway, params={"order": {"amount": 1}})["rules"][0]
    assert (unmatched["outcome"], unmatched["quota"]["used"]) == ("no_match", 1)


def test_an_invitation_that_ran_out_is_no_longer_open(gateway: Any, clock: Any) -> None:
    gateway.ask()
    clock.at += 31 * 60_000
    found = explain(gateway)
    assert (found["reason"], found["again"], found["state"]["open"]) == ("asked", False, [])


def test_what_may_be_misspelt_is_said(gateway: Any) -> None:
    assert explain(gateway, touchpoint="paymnt")["hints"] == [
        "no touchpoint is called `paymnt`: did you mean `payment`?"
    ]
    found = explain(gateway, params={"order": {"amuont": 3, "kind": "combo"}, "colour": "red"})
    assert found["hints"] == [
        "payment declares no param `order.amuont`; did you mean `order.amount`?",
        "payment declares no param `colour`; it declares `order.amount`, `order.kind`",
    ]


def test_a_misspelt_time_zone_is_said_and_counts_as_left_out(gateway: Any) -> None:
    found = explain(gateway, timezone="Europe/Berln")
    assert found["hints"] == ["no time zone is called `Europe/Berln`: did you mean `Europe/Berlin`?"]
    assert found["tz_source"] == explain(gateway)["tz_source"]
    assert explain(gateway, timezone="Europe/Berlin")["hints"] == []


def test_names_in_reach_that_are_no_channels_are_hinted_at_and_their_addresses_are_not(gateway: Any) -> None:
    found = explain(gateway, reach={"wbe": True, "e-mail": "ada@example.com"})
    assert (found["reason"], found["hints"]) == (
        "unreachable",
        [
            "`reach` names `wbe`, which is no channel: did you mean `web`?",
            "`reach` names `e-mail`, which is no channel: one of `web`",
        ],
    )
    assert explain(gateway, reach={"web": True})["hints"] == []


def test_without_a_touchpoint_the_persons_tact_is_told(gateway: Any) -> None:
    invitation = gateway.invite()
    gateway.post(f"{invitation}/events", json={"type": "displayed"})
    gateway.put(f"{invitation}/response", json={"answers": {"score": 9}, "complete": True})
    response = gateway.post("/v1/explain", headers=gateway.ak, json={"person": gateway.person, "timezone": "UTC"})
    found = msgspec.json.decode(response.content, type=Explanation)
    assert (found.touchpoint, found.reason, found.rules) == (None, None, ())
    (pause,) = found.tact.pauses
    assert (pause.after, pause.until, found.tz_source) == ("asked", "2027-01-22T08:00:00.000Z", "event")
    assert [(one.channel, one.opens_local) for one in found.tact.channels] == [("web", "2027-01-22 08:00+00:00")]


def test_an_open_invitation_is_in_the_way_until_its_deadline_and_another_time_can_be_supposed(gateway: Any) -> None:
    gateway.ask()
    body = {"person": gateway.person}
    found = gateway.post("/v1/explain", headers=gateway.ak, json=body).json()
    (entry,) = found["state"]["open"]
    (channel,) = found["tact"]["channels"]
    assert (entry["status"], entry["not_before"]) == ("held", None)
    assert (channel["open"], channel["opens_at"], channel["obstacles"][0]["reason"]) == (
        False,
        entry["deadline"],
        "pending",
    )
    later = gateway.post("/v1/explain", headers=gateway.ak, json={**body, "at": entry["deadline"]}).json()
    assert (later["tact"]["channels"][0]["open"], later["hints"], later["state"]["open"]) == (True, [], [])
    earlier = gateway.post("/v1/explain", headers=gateway.ak, json={**body, "at": "2020-01-01T10:00"}).json()
    assert (earlier["at"], earlier["timezone"]) == ("2020-01-01T02:00:00.000Z", "Asia/Shanghai")
    assert [hint.partition(" ")[2][:21] for hint in earlier["hints"]] == [
        "is read on the clock ",
        "person is looked at a",
    ]
    refused = gateway.post("/v1/explain", headers=gateway.ak, json={**body, "at": "soon"})
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "at")


@pytest.mark.parametrize("kind", ["sk", "pk"])
def test_only_an_administrators_key_may_ask(gateway: Any, kind: str) -> None:
    headers = getattr(gateway, kind)
    response = gateway.post("/v1/explain", headers=headers, json={"touchpoint": "payment", "person": "u"})
    assert (response.status_code, response.json()["code"]) == (403, "wrong_key_kind")
    assert gateway.post("/v1/explain", json={"touchpoint": "payment", "person": "u"}).status_code == 401


def test_a_call_without_a_person_is_told_what_is_missing(gateway: Any) -> None:
    response = gateway.post("/v1/explain", headers=gateway.ak, json={"touchpoint": "payment"})
    assert (response.status_code, response.json()["problems"][0]["path"]) == (422, "person")


def test_thousands_of_misspelt_params_hold_nobody_up_and_are_counted(
    running_gateway: Any, described_client: Any
) -> None:
    declared = ", ".join(f"order.attribute_number_{number}: number" for number in range(400))
    survey = SURVEY.replace("order.kind: string", f"order.kind: string, {declared}")
    with described_client(running_gateway(survey, db="memory:")) as client, ThreadPoolExecutor(1) as pool:
        strange = {f"attribute_nmuber_{number}": 1 for number in range(2_000)}
        asked = pool.submit(explain, client, params={"order": strange})
        worst = max(_seconds_to(f"{client.gateway.url}/livez") for _ in until(asked.done))
        hints = asked.result()["hints"]
    assert hints[0].endswith("did you mean `order.attribute_number_0`?")
    assert (len(hints), hints[-1]) == (11, "payment does not declare 1990 more of these params")
    assert worst < 1


def test_others_are_answered_while_much_is_explained(running_gateway: Any, described_client: Any) -> None:
    rules = "".join(f"  r{number}: {{at: payment, ask: nps, when: {DEEP}}}\n" for number in range(1_500))
    with described_client(running_gateway(SURVEY.replace("rules:\n", f"rules:\n{rules}"), db="memory:")) as client:
        body = {"touchpoint": "payment", "person": "u", "params": {"order": {"amount": 1, "kind": "x"}}}

        def ask(_: int) -> httpx.Response:
            return httpx.post(f"{client.gateway.url}/v1/explain", headers=client.ak, json=body, timeout=60)

        with ThreadPoolExecutor(24) as pool:
            asked = [pool.submit(ask, number) for number in range(24)]
            time.sleep(0.6)
            assert _seconds_to(f"{client.gateway.url}/metrics") < 2
            answers = [each.result() for each in asked]
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert 200 in {answer.status_code for answer in answers}


def test_who_waits_too_long_for_an_explanation_is_told_to_come_again(gateway: Any) -> None:
    turn = gateway.gateway.gateway.services.explaining
    gateway.gateway.run(turn.acquire())
    refused = gateway.post("/v1/explain", headers=gateway.ak, json={"touchpoint": "payment", "person": "u"})
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    turn.release()
    assert explain(gateway)["reason"] == "asked"


def test_what_is_scheduled_says_when_it_goes(running_gateway: Any, described_client: Any, clock: Any) -> None:
    survey = SURVEY.replace(
        "small: {at: payment, ask: nps}", "small: {at: payment, ask: nps, channels: [sms], delay: 2h}"
    )
    survey += 'channels: {web: {kind: widget}, sms: {kind: http, url: "https://provider.example/sms"}}\n'
    with described_client(running_gateway(survey, clock=clock, db="memory:")) as client:
        body = {"touchpoint": "payment", "person": "u-9", "reach": {"sms": "+4915112345678"}}
        decided = client.post("/v1/touchpoints", headers=client.sk, json=body).json()
        response = client.post("/v1/explain", headers=client.ak, json={"person": "u-9"})
    found = msgspec.json.decode(response.content, type=Explanation)
    (entry,) = found.state.open
    assert (decided["reason"], entry.status, entry.not_before) == ("deferred", "scheduled", decided["not_before"])
    web, sms = found.tact.channels
    assert (web.open, sms.open, sms.opens_at) == (True, False, entry.deadline)
    assert sms.because == "nps on sms is still open"
    assert b"+49" not in response.content
