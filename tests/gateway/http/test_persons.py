"""What an app tells of a person over HTTP: wishes, and which ids are the person's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest


def put_preferences(api: Any, person: str = "", **body: Any) -> Any:
    path = f"/v1/persons/{quote(api.person + person, safe='')}/preferences"
    return api.put(path, headers=api.sk, json=body)


def join(api: Any, anonymous: str, person: str = "") -> Any:
    path = f"/v1/persons/{quote(api.person + person, safe='')}/alias"
    return api.post(path, headers=api.sk, json={"anonymous": api.person + anonymous})


def test_opting_out_and_in_again(api: Any) -> None:
    assert put_preferences(api, opt_out="all").json() == {"duplicate": False}
    assert put_preferences(api, opt_out="all").json() == {"duplicate": True}
    assert api.ask()["reason"] == "opted_out"
    assert put_preferences(api, opt_in=["web"]).json() == {"duplicate": False}
    assert api.ask()["reason"] == "asked"
    assert put_preferences(api, opt_in="all").json() == {"duplicate": True}


def test_a_server_opts_a_person_out_of_everything_or_of_channels(api: Any) -> None:
    assert (
        api.put(f"/v1/persons/{api.person}/preferences", headers=api.sk, json={"opt_out": ["web"]}).status_code == 200
    )
    assert api.ask()["reason"] == "opted_out"
    odd = f"{api.person}/a b"
    path = f"/v1/persons/{odd.replace('/', '%2F').replace(' ', '%20')}/preferences"
    assert httpx.put(f"{api.gateway.url}{path}", headers=api.sk, json={"opt_out": "all"}).json() == {"duplicate": False}
    assert api.ask("/a b")["reason"] == "opted_out"


@pytest.mark.parametrize("opt_out", [[], ["fax"], "none", 1, None])
def test_an_opt_out_of_nothing_known_is_refused(api: Any, opt_out: Any) -> None:
    response = api.put(f"/v1/persons/{api.person}/preferences", headers=api.sk, json={"opt_out": opt_out})
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({}, "", "either"),
        ({"opt_out": "all", "opt_in": "all"}, "", "either"),
        ({"opt_in": ["fax"]}, "opt_in", "unknown_channel"),
        ({"opt_out": []}, "opt_out", "unknown_channel"),
    ],
)
def test_preferences_that_make_no_sense_say_what_to_send(api: Any, body: Any, path: str, code: str) -> None:
    response = put_preferences(api, **body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    (problem,) = response.json()["problems"]
    assert (problem["path"], problem["code"]) == (path, code)
    assert problem["message"]


@pytest.mark.parametrize("wish", ["opt_out", "opt_in"])
@pytest.mark.parametrize("wrong", ["email", 5, None, [5]])
def test_a_channel_that_is_no_list_is_told_what_to_send(api: Any, wish: str, wrong: Any) -> None:
    (problem,) = put_preferences(api, **{wish: wrong}).json()["problems"]
    assert problem["message"].endswith('Send "all", or a list of channels.')


def test_a_person_is_known_under_both_ids_once_they_are_joined(api: Any) -> None:
    invitation = api.invite("-anon", event_id="e1")
    assert api.post(f"{invitation}/events", json={"type": "displayed"}).status_code == 202
    assert join(api, "-anon").json() == {"duplicate": False}
    assert join(api, "-anon").json() == {"duplicate": True}
    again = api.ask()
    assert (again["reason"], again["again"]) == ("asked", True)
    # The link that the page has open was found under the old id before.
    assert api.put(f"{invitation}/response", json={"answers": {"score": 4}, "complete": True}).status_code == 202
    assert api.ask()["reason"] == api.ask("-anon")["reason"] == "paused"
    explained = api.post(
        "/v1/explain", headers=api.ak, json={"touchpoint": "payment", "person": f"{api.person}-anon"}
    ).json()
    assert (explained["person"], explained["state"]["answers"]) == (api.person, 1)


def test_the_hosted_page_of_an_old_link_opts_the_person_out(api: Any) -> None:
    token = api.invite("-anon").rpartition("/")[2]
    join(api, "-anon")
    assert api.get(f"/i/{token}").status_code == 200
    assert api.post(f"/i/{token}/opt-out").status_code == 200
    assert api.ask()["reason"] == api.ask("-anon")["reason"] == "opted_out"


def test_an_id_with_odd_characters_can_be_joined(api: Any) -> None:
    assert join(api, "-张 三/2", "-o'brien?#%").status_code == 200
    assert join(api, "-张 三/2", "-o'brien?#%").json() == {"duplicate": True}


@pytest.mark.parametrize(
    ("anonymous", "code"),
    [("", "same_id"), ("-\x00", "invalid_id"), ("-\u2028", "invalid_id")],
)
def test_an_id_that_cannot_be_joined_is_refused_with_the_reason(api: Any, anonymous: str, code: str) -> None:
    response = join(api, anonymous)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert [(it["path"], it["code"]) for it in response.json()["problems"]] == [("anonymous", code)]


def test_a_person_whose_id_has_a_line_break_is_refused_and_not_just_not_found(api: Any) -> None:
    response = api.put(f"/v1/persons/{quote(api.person + chr(10))}/preferences", headers=api.sk, json={"opt_in": "all"})
    assert (response.status_code, response.json()["problems"][0]["code"]) == (422, "invalid_id")


def test_a_circle_and_a_second_person_are_conflicts(api: Any) -> None:
    join(api, "-a", "-b")
    circle, second = join(api, "-b", "-a"), join(api, "-a", "-c")
    assert (circle.status_code, circle.json()["code"]) == (409, "joined_the_other_way")
    assert (second.status_code, second.json()["code"]) == (409, "already_joined")
    assert "title" in second.json()


def test_only_a_server_may_join_ids(api: Any) -> None:
    for headers, status in ((api.pk, 403), (api.ak, 403), ({}, 401)):
        response = api.post(f"/v1/persons/{api.person}/alias", headers=headers, json={"anonymous": "a"})
        assert response.status_code == status
    assert api.post(f"/v1/persons/{api.person}/alias", headers=api.sk, json={}).status_code == 422


def test_of_many_touchpoints_under_both_ids_while_they_are_joined_one_ask_is_left(api: Any) -> None:
    """Whatever comes first, afterwards one invitation at most can still be displayed."""
    for round_ in range(5):
        anonymous, person = f"-anon{round_}", f"-p{round_}"
        with ThreadPoolExecutor(24) as pool:
            calls = [pool.submit(api.ask, (anonymous, person)[number % 2]) for number in range(12)]
            joins = [pool.submit(join, api, anonymous, person) for _ in range(3)]
            calls += [pool.submit(api.ask, (anonymous, person)[number % 2]) for number in range(12)]
        assert sorted(it.result().json()["duplicate"] for it in joins) == [False, True, True]
        invitations = {it["invitation"]["token"] for call in calls if (it := call.result())["ask"]}
        shown = [
            api.post(f"/v1/invitations/{token}/events", json={"type": "displayed"}).status_code for token in invitations
        ]
        assert sorted(shown) == [202] + [409] * (len(shown) - 1)
