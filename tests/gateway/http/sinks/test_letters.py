"""`GET /v1/sinks/{id}/dead` and `POST .../dead/retry`: what could not be delivered, and another try."""

from __future__ import annotations

import pytest

from tests.gateway.http.sinks.conftest import Hook, SinksClient

PERSONS = [f"u-{number}" for number in range(5)]
NO = (422, {"content-type": "application/json"}, b'{"error": "no such person \xf0\x9f\x99\x83"}')


@pytest.fixture
def refused(sinks: SinksClient, hook: Hook) -> SinksClient:
    """Give sinks of which the hook refuses the second and the fourth of five events."""
    seen: list[str] = []

    def answer(event: str) -> tuple[int, dict[str, str], bytes]:
        seen.append(event)
        return NO if len(seen) in (2, 4) else (204, {}, b"")

    hook.answer = answer
    sinks.opt_out(*PERSONS)
    sinks.until("hook", delivered=3, dead=2, pending=0)
    return sinks


def test_letters_are_listed_with_the_destination_s_answer_and_the_event(refused: SinksClient) -> None:
    page = refused.get("/v1/sinks/hook/dead").json()
    assert page["next"] is None
    assert [letter["event"]["subject"] for letter in page["letters"]] == ["u-1", "u-3"]
    one = page["letters"][0]
    assert (one["error"], one["answer"]) == ("HTTP 422 Unprocessable Entity", NO[2].decode())
    assert (one["attempts"], one["next_try"], one["id"]) == (1, None, one["event"]["id"])
    assert refused.get("/v1/sinks/file/dead").json() == {"letters": [], "next": None}


def test_letters_come_by_pages(refused: SinksClient) -> None:
    first = refused.get("/v1/sinks/hook/dead", limit=1).json()
    second = refused.get("/v1/sinks/hook/dead", limit=1, after=first["next"]).json()
    assert [it["event"]["subject"] for it in (*first["letters"], *second["letters"])] == ["u-1", "u-3"]
    assert second["next"] is None
    for query in ({"limit": 0}, {"limit": 1000}, {"after": -1}, {"page": 2}):
        assert refused.get("/v1/sinks/hook/dead", **query).status_code == 422


def test_all_letters_are_tried_again_and_gone_once_they_arrive(refused: SinksClient, hook: Hook) -> None:
    hook.answer = lambda _: (204, {}, b"")
    done = refused.post("/v1/sinks/hook/dead/retry")
    assert (done.status_code, done.json()["letters"], done.json()["unknown"]) == (202, 2, [])
    after = refused.until("hook", order=done.json()["order"], asked=0)
    assert (after["accepted"], after["delivered"], after["dead"], after["pending"]) == (5, 5, 0, 0)
    assert len(hook.got) == len(set(hook.got)) == 5
    assert refused.get("/v1/sinks/hook/dead").json()["letters"] == []
    assert refused.post("/v1/sinks/hook/dead/retry", {}).json()["letters"] == 0


def test_a_chosen_letter_is_tried_again_alone_and_ids_that_are_none_are_named(refused: SinksClient, hook: Hook) -> None:
    hook.answer = lambda _: (204, {}, b"")
    letters = refused.get("/v1/sinks/hook/dead").json()["letters"]
    delivered = hook.got[0]
    done = refused.post("/v1/sinks/hook/dead/retry", {"ids": [letters[1]["id"], "who?", delivered, "who?"]}).json()
    assert (done["letters"], done["unknown"]) == (1, ["who?", delivered])
    refused.until("hook", order=done["order"], delivered=4, asked=0, dead=1)
    assert [it["seq"] for it in refused.get("/v1/sinks/hook/dead").json()["letters"]] == [letters[0]["seq"]]


def test_what_is_refused_again_stays_with_its_last_answer_and_delays_nothing(refused: SinksClient, hook: Hook) -> None:
    bad = {letter["id"] for letter in refused.get("/v1/sinks/hook/dead").json()["letters"]}
    hook.answer = lambda event: (400, {}, b"still no") if event in bad else (204, {}, b"")
    done = refused.post("/v1/sinks/hook/dead/retry").json()
    refused.opt_out("u-new")
    after = refused.until("hook", order=done["order"], asked=0, delivered=4)
    assert (after["dead"], after["pending"], after["state"]) == (2, 0, "running")
    letters = refused.get("/v1/sinks/hook/dead").json()["letters"]
    assert [(it["attempts"], it["error"], it["answer"]) for it in letters] == [
        (2, "HTTP 400 Bad Request", "still no")
    ] * 2


def test_a_letter_that_fails_for_now_waits_its_turn_and_the_rest_goes_on(refused: SinksClient, hook: Hook) -> None:
    bad = {letter["id"] for letter in refused.get("/v1/sinks/hook/dead").json()["letters"]}
    hook.answer = lambda event: (500, {}, b"") if event in bad else (204, {}, b"")
    refused.post("/v1/sinks/hook/dead/retry")
    refused.opt_out("u-new")
    after = refused.until("hook", delivered=4, asked=2)
    assert (after["dead"], after["pending"], after["state"]) == (0, 2, "running")
    assert (after["error"], after["next_try"] is None) == ("HTTP 500 Internal Server Error", False)
    assert all(it["next_try"] for it in refused.get("/v1/sinks/hook/dead").json()["letters"])
    hook.answer = lambda _: (204, {}, b"")
    # Five seconds later, by the schedule; asking once more changes nothing for them.
    assert refused.post("/v1/sinks/hook/dead/retry").json()["letters"] == 0
    refused.until("hook", delivered=6, asked=0, pending=0)


def test_a_replay_takes_up_the_dead_letters_it_passes(refused: SinksClient, hook: Hook) -> None:
    hook.answer = lambda _: (204, {}, b"")
    done = refused.post("/v1/sinks/hook/replay", {"from": "beginning"}).json()
    after = refused.until("hook", order=done["order"], pending=0, cursor=done["last"])
    assert (after["delivered"], after["dead"], after["accepted"]) == (8, 0, 8)


@pytest.mark.parametrize("ids", [[], [1], "all", ["a"] * 1001, ["x" * 300]])
def test_ids_that_can_be_none_are_refused(sinks: SinksClient, ids: object) -> None:
    refused = sinks.post("/v1/sinks/hook/dead/retry", {"ids": ids})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
