"""The invitation's routes from outside: look, signal, answer; and every way in which that is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tactful_rules.model.ids import HOUR


def put(api: Any, path: str, answers: dict[str, Any], **more: Any) -> httpx.Response:
    response: httpx.Response = api.put(f"{path}/response", json={"answers": answers, **more})
    return response


def test_looking_gives_the_questions_and_changes_nothing(api: Any) -> None:
    path = api.invite()
    first, second = api.get(path).json(), api.get(path).json()
    assert first == second
    assert (first["status"], first["answers"], first["rev"], first["complete"]) == ("open", {}, 0, False)
    assert (first["touchpoint"], first["channel"]) == ("payment", "web")


def test_looking_in_another_language_gives_it(api: Any) -> None:
    assert api.get(api.invite(), params={"locale": "zh-CN"}).json()["questionnaire"]["title"] == "您的支付"


@pytest.mark.parametrize(("locale", "send", "thanks"), [("zh-CN", "提交", "谢谢您！"), ("fr", "Send", "Thank you!")])
def test_the_widgets_words_come_in_the_language_of_the_questions(api: Any, locale: str, send: str, thanks: str) -> None:
    decided = api.ask(locale=locale)["invitation"]
    shown = api.get(f"/v1/invitations/{decided['token']}").json()
    for words in (decided["words"], shown["words"]):
        assert (words["send"], words["thanks"]) == (send, thanks)
    other = api.get(f"/v1/invitations/{decided['token']}", params={"locale": "zh-CN"}).json()
    assert other["words"]["send"] == "提交"


def test_partial_answers_are_kept_and_the_final_ones_replace_them(api: Any) -> None:
    path = api.invite()
    partial = put(api, path, {"score": 2}, rev=1)
    assert (partial.status_code, partial.json()) == (202, {"duplicate": False, "complete": False, "rev": 1})
    assert api.get(path).json()["answers"] == {"score": 2}
    final = put(api, path, {"score": 2, "why": "slow"}, rev=2, complete=True)
    assert final.json() == {"duplicate": False, "complete": True, "rev": 2}
    assert api.get(path).json()["answers"] == {"score": 2, "why": "slow"}


def test_a_late_partial_answer_undoes_nothing(api: Any) -> None:
    path = api.invite()
    put(api, path, {"score": 4}, rev=5)
    assert put(api, path, {"score": 1}, rev=4).json() == {"duplicate": True, "complete": False, "rev": 5}
    assert api.get(path).json()["answers"] == {"score": 4}


def test_the_same_final_answers_again_are_a_duplicate(api: Any) -> None:
    path = api.invite()
    put(api, path, {"score": 5}, rev=1, complete=True)
    again = put(api, path, {"score": 5}, rev=1, complete=True)
    assert (again.status_code, again.json()["duplicate"]) == (202, True)


def test_a_different_second_final_answer_is_refused(api: Any) -> None:
    path = api.invite()
    put(api, path, {"score": 5}, complete=True)
    again = put(api, path, {"score": 1}, complete=True)
    assert (again.status_code, again.json()["code"]) == (409, "already_completed")


def test_answers_to_questions_that_do_not_exist_are_named(api: Any) -> None:
    response = put(api, api.invite(), {"score": 5, "nose": 3}, complete=True)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_answers")
    assert [problem["path"] for problem in response.json()["problems"]] == ["answers.nose"]


@pytest.mark.parametrize(
    "answers", [{"score": 6}, {"score": "5"}, {"score": True}, {"score": [5]}, {"score": 1, "why": 1}]
)
def test_an_answer_that_does_not_fit_its_question_is_refused(api: Any, answers: dict[str, Any]) -> None:
    response = put(api, api.invite(), answers, complete=True)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_answers")


def test_a_required_question_must_be_answered_to_complete(api: Any) -> None:
    path = api.invite()
    assert put(api, path, {}, complete=True).status_code == 422
    assert put(api, path, {}).status_code == 202


def test_the_widget_may_post_plain_text(api: Any) -> None:
    response = api.post(
        f"{api.invite()}/response",
        content=b'{"answers": {"score": 5}, "complete": true, "rev": 1}',
        headers={"content-type": "text/plain;charset=UTF-8"},
    )
    assert (response.status_code, response.json()["complete"]) == (202, True)


def test_a_dismissal_and_a_display_are_noted_once(api: Any) -> None:
    path = api.invite()
    assert api.post(f"{path}/events", json={"type": "displayed"}).json() == {"duplicate": False}
    assert api.post(f"{path}/events", json={"type": "dismissed"}).json() == {"duplicate": False}
    assert api.post(f"{path}/events", json={"type": "dismissed"}).json() == {"duplicate": True}
    assert api.ask()["reason"] == "paused"


def test_a_signal_that_does_not_exist_is_refused(api: Any) -> None:
    response = api.post(f"{api.invite()}/events", json={"type": "sneezed"})
    assert (response.status_code, response.json()["problems"][0]["path"]) == (422, "type")


def test_a_tampered_token_is_an_unknown_invitation(api: Any) -> None:
    path = api.invite()
    head, token = path.rsplit("/", 1)
    for place in (0, 10, 25, 41):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for response in (api.get(f"{head}/{forged}"), put(api, f"{head}/{forged}", {"score": 5})):
            assert (response.status_code, response.json()["code"]) == (404, "unknown_invitation")


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "A" * 5000, "..%2F..%2Fetc", "%00", "%ff%fe"])
def test_what_is_no_token_is_an_unknown_invitation(api: Any, token: str) -> None:
    assert api.get(f"/v1/invitations/{token}").status_code == 404


def test_an_expired_token_is_gone(running_gateway: Any, described_client: Any, clock: Any) -> None:
    with described_client(running_gateway(db="memory:", clock=clock)) as api:
        path = api.invite()
        clock.at += 72 * HOUR
        for response in (
            api.get(path),
            put(api, path, {"score": 5}, complete=True),
            api.post(f"{path}/events", json={"type": "displayed"}),
        ):
            assert (response.status_code, response.json()["code"]) == (410, "invitation_expired")


def test_an_open_invitation_asks_what_was_decided_also_after_a_reload(
    running_gateway: Any, described_client: Any
) -> None:
    gateway = running_gateway(db="memory:")
    with described_client(gateway) as api:
        path = api.invite()
        survey = gateway.folder / "survey.yaml"
        survey.write_text(survey.read_text("utf-8").replace("How was paying today?", "How about now?"), "utf-8")
        gateway.run(gateway.gateway.live.reload())
        assert api.get(path).json()["questionnaire"]["questions"][0]["text"] == "How was paying today?"
        assert put(api, path, {"score": 5}, complete=True).status_code == 202
        assert api.ask("u-2")["invitation"]["questionnaire"]["questions"][0]["text"] == "How about now?"
