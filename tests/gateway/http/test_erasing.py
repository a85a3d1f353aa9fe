"""Everything kept of a person, seen and erased over HTTP: under all ids, wherever it lies, for good."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

SENT = """
settings: {timezone: UTC, locale: en}
touchpoints: {payment: {}}
rules: {mail: {at: payment, ask: csat, channels: [email], delay: 2h, quota: {asks: 1}}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: {en: How was it?}}]}}
channels: {email: {kind: http, url: "https://mail.example/send"}}
do_not_disturb: {caps: [{at_most: 9, per: 1d}]}
"""
MARK = "marker-7c1"


def path_of(api: Any, person: str = "") -> str:
    return f"/v1/persons/{quote(api.person + person, safe='')}"


def export(api: Any, person: str = "") -> dict[str, Any]:
    response = api.get(path_of(api, person), headers=api.ak)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def erase(api: Any, person: str = "", **query: str) -> dict[str, Any]:
    response = api.delete(path_of(api, person), headers=api.ak, params=query)
    assert response.status_code == 200, response.text
    receipt: dict[str, Any] = response.json()
    return receipt


def is_empty(document: dict[str, Any]) -> bool:
    return not any(document[kind] for kind in ("states", "invitations", "decisions", "wake_ups", "dead_letters"))


def answer(api: Any, person: str = "", why: str = MARK) -> str:
    invitation: str = api.invite(person)
    api.post(f"{invitation}/events", json={"type": "displayed"})
    saved = api.put(f"{invitation}/response", json={"answers": {"score": 1, "why": why}, "complete": True})
    assert saved.status_code == 202
    return invitation


def join(api: Any, anonymous: str) -> None:
    body = {"anonymous": api.person + anonymous}
    assert api.post(f"{path_of(api)}/alias", headers=api.sk, json=body).status_code == 200


def test_an_export_has_all_that_is_kept_in_words_of_the_api(api: Any) -> None:
    answer(api, "-anon")
    join(api, "-anon")
    document = export(api, "-anon")
    assert document["ids"] == [api.person, f"{api.person}-anon"]
    state, pointer = document["states"]
    assert (state["answers"], pointer["alias_of"]) == (1, api.person)
    assert [event["kind"] for event in state["history"]] == ["asked", "answered"]
    (invitation,) = document["invitations"]
    assert (invitation["answers"], invitation["status"]) == ({"score": 1, "why": MARK}, "answered")
    assert [it["event"]["type"].removeprefix("tactful.") for it in document["events"]] == [
        "person.aliased",
        "invitation.created",
        "invitation.displayed",
        "response.completed",
    ]
    assert [(it["reason"], it["invitation"]) for it in document["decisions"]] == [("asked", invitation["invitation"])]
    again = export(api)
    assert {**again, "at": ""} == {**document, "person": api.person, "at": ""}


def test_of_somebody_unknown_nothing_is_kept(api: Any) -> None:
    assert is_empty(export(api))
    assert set(erase(api)["erased"].values()) == {0}


def test_an_erased_person_is_gone_under_every_id(api: Any) -> None:
    answer(api, "-anon")
    join(api, "-anon")
    invitation = answer(api, "-two")
    join(api, "-two")
    receipt = erase(api, "-anon")
    assert receipt["erased"] == {
        "ids": 3,
        "invitations": 2,
        "responses": 2,
        "addresses": 0,
        "decisions": 2,
        "wake_ups": 2,
        "events": 8,
        "dead_letters": 0,
    }
    assert api.person not in str(receipt)
    for person in ("", "-anon", "-two"):
        document = export(api, person)
        assert is_empty(document)
        assert MARK not in str(document)
    assert api.get(invitation).status_code == 404
    assert api.put(f"{invitation}/response", json={"answers": {"score": 1}}).status_code == 404
    assert api.post(f"{invitation}/events", json={"type": "displayed"}).status_code == 404
    assert api.get(invitation.replace("/v1/invitations", "/i")).status_code == 404


def test_erasing_again_gives_a_receipt_with_zeros(api: Any) -> None:
    answer(api)
    first, second = erase(api), erase(api)
    assert first["erased"]["responses"] == 1
    assert set(second["erased"].values()) == {0}
    assert first["id"] != second["id"]


def test_a_person_who_comes_back_begins_anew(api: Any) -> None:
    answer(api)
    assert api.ask()["reason"] == "paused"
    erase(api)
    assert api.ask(event_id="again")["reason"] == "asked"


def test_the_same_event_again_brings_nothing_back(api: Any) -> None:
    asked = api.ask(event_id="e-1")
    erase(api)
    again = api.ask(event_id="e-1")
    assert (again["reason"], again["again"]) == ("asked", False)
    assert again["invitation"]["id"] != asked["invitation"]["id"]


def test_opt_outs_go_too_unless_they_are_to_stay(api: Any) -> None:
    answer(api, "-anon")
    join(api, "-anon")
    api.put(f"{path_of(api)}/preferences", headers=api.sk, json={"opt_out": "all"})
    kept = erase(api, keep_opt_outs="1")
    assert (kept["kept_opt_outs"], kept["erased"]["ids"]) == (1, 2)
    assert api.ask()["reason"] == api.ask("-anon")["reason"] == "opted_out"
    again = erase(api, keep_opt_outs="1")
    assert (again["kept_opt_outs"], again["erased"]["ids"]) == (1, 0)
    gone = erase(api)
    assert (gone["kept_opt_outs"], gone["erased"]["ids"]) == (0, 1)
    assert api.ask(event_id="later")["reason"] == "asked"


def test_only_an_administrator_sees_and_erases(api: Any) -> None:
    for headers in (api.sk, api.pk):
        assert api.get(path_of(api), headers=headers).status_code == 403
        assert api.delete(path_of(api), headers=headers).status_code == 403
    assert api.delete(path_of(api)).status_code == 401


@pytest.mark.parametrize("ending", ["/preferences", "/alias", "/"])
def test_a_path_of_another_call_erases_nobody(api: Any, ending: str) -> None:
    answer(api)
    for call in (httpx.get, httpx.delete):
        response = call(f"{api.gateway.url}{path_of(api)}{ending}", headers=api.ak)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert not is_empty(export(api))


def test_an_id_with_odd_characters_is_found(api: Any) -> None:
    odd = "-张 三/o'brien?#%2F"
    api.ask(odd)
    assert len(export(api, odd)["invitations"]) == 1
    assert erase(api, odd)["erased"]["invitations"] == 1
    assert is_empty(export(api, odd))


@pytest.mark.parametrize("path", ["%ff", "a%C3", "%ED%A0%80", "%FF/preferences", "%FF/alias"])
def test_an_id_that_is_no_utf_8_is_refused_and_no_receipt_given_for_another(api: Any, path: str) -> None:
    url = f"{api.gateway.url}/v1/persons/{path}"
    if path.endswith("/preferences"):
        responses = [api.put(url, headers=api.sk, json={"opt_out": "all"})]
    elif path.endswith("/alias"):
        responses = [api.post(url, headers=api.sk, json={"anonymous": "a"})]
    else:
        responses = [api.get(url, headers=api.ak), api.delete(url, headers=api.ak)]
    for response in responses:
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert [(it["path"], it["code"]) for it in response.json()["problems"]] == [("person", "invalid_id")]


def test_the_replacement_character_itself_is_a_character_of_an_id(api: Any) -> None:
    api.ask("\ufffd")
    assert erase(api, "\ufffd")["erased"]["invitations"] == 1


@pytest.mark.parametrize("query", ["keep_opt_outs=yes", "keep_optouts=1"])
def test_a_misspelt_wish_erases_nothing(api: Any, query: str) -> None:
    answer(api)
    assert api.delete(f"{path_of(api)}?{query}", headers=api.ak).status_code == 422
    assert not is_empty(export(api))


def test_answers_that_come_while_a_person_is_erased_bring_nothing_back(api: Any) -> None:
    invitations = [answer(api, f"-{place}", "before") for place in range(8)]
    for place in range(8):
        join(api, f"-{place}")

    def late(invitation: str) -> set[int]:
        tries = (
            httpx.put(f"{api.gateway.url}{invitation}/response", json={"answers": {"score": 1}, "complete": True})
            for _ in range(10)
        )
        return {response.status_code for response in tries}

    with ThreadPoolExecutor(9) as pool:
        answering = [pool.submit(late, invitation) for invitation in invitations]
        erase(api)
        codes = set().union(*(it.result() for it in answering))
    assert codes <= {409, 404}
    assert is_empty(export(api))
    assert set(erase(api)["erased"].values()) == {0}


def test_what_was_scheduled_goes_with_its_address_and_its_place_in_the_quota(
    running_gateway: Callable[..., Any], described_client: Any
) -> None:
    with described_client(running_gateway(SENT)) as api:
        assert api.ask(reach={"email": "ada@example.com"})["reason"] == "deferred"
        assert api.ask("-other", reach={"email": "bob@example.com"})["reason"] == "quota_full"
        document = export(api)
        assert document["invitations"][0]["addresses"] == {"email": "ada@example.com"}
        assert [it["channel"] for it in document["wake_ups"]] == ["", "email"]
        erased = erase(api)["erased"]
        assert (erased["addresses"], erased["wake_ups"], erased["invitations"]) == (1, 2, 1)
        assert api.ask("-other", event_id="again", reach={"email": "bob@example.com"})["reason"] == "deferred"
