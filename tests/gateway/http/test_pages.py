"""The hosted page's routes and the widget's files from outside."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tactful_gateway.assets import Assets, read_assets
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_rules.model.ids import DAY, HOUR
from tests.acceptance.conservation import assert_conserved

FORM = {"content-type": "application/x-www-form-urlencoded"}


def page(api: Any, person: str = "") -> str:
    return f"/i/{api.ask(person)['invitation']['token']}"


def opted_out(api: Any) -> tuple[str, ...]:
    """Give what the person opted out of."""
    state = api.gateway.run(api.gateway.gateway.services.store.person(api.person))
    return tuple(state.opted_out)


def test_opening_a_link_a_hundred_times_changes_nothing(api: Any) -> None:
    address = page(api)
    before = api.get(address.replace("/i/", "/v1/invitations/")).json()
    for _ in range(50):
        assert api.get(address).status_code == 200
        assert api.get(f"{address}/opt-out").status_code == 200
        assert api.head(address).status_code == 200
    assert api.get(address.replace("/i/", "/v1/invitations/")).json() == before


def test_the_page_asks_and_its_form_answers(api: Any) -> None:
    address = page(api)
    assert "How was paying today?" in api.get(address).text
    response = api.post(address, content=b"answers.score=2&answers.why=slow", headers=FORM)
    assert (response.status_code, response.headers["location"]) == (303, address)
    saved = api.get(address.replace("/i/", "/v1/invitations/")).json()
    assert (saved["answers"], saved["complete"]) == ({"score": 2, "why": "slow"}, True)
    assert "<form" not in api.get(address).text


def test_sending_the_form_twice_still_says_thank_you(api: Any) -> None:
    address = page(api)
    for score in (5, 5, 3):
        assert api.post(address, content=f"answers.score={score}".encode(), headers=FORM).status_code == 303


def test_a_link_says_thank_you_when_the_same_event_was_answered_elsewhere(
    running_gateway: Any, described_client: Any, clock: Any
) -> None:
    with described_client(running_gateway(db="memory:", clock=clock)) as api:
        first = api.invite(event_id="e")
        clock.at += DAY  # the event is not remembered any more, and its first hold was released
        address = f"/i/{api.ask(event_id='e')['invitation']['token']}"
        second = address.replace("/i/", "/v1/invitations/")
        assert second != first
        assert api.put(f"{first}/response", json={"answers": {"score": 5}}).status_code == 202
        assert api.get(second).json()["status"] == "cancelled"
        assert "Thank you!" in api.get(address).text
        assert api.post(address, content=b"answers.score=2", headers=FORM).headers["location"] == address
        refused = api.put(f"{second}/response", json={"answers": {"score": 2}, "complete": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "invitation_closed")


def test_a_link_that_an_opt_out_withdrew_says_that_it_is_closed(api: Any) -> None:
    address = page(api)
    api.post(f"{address}/opt-out")
    assert "This survey has closed." in api.get(address).text
    response = api.post(address, content=b"answers.score=2", headers=FORM)
    assert "This survey has closed." in api.get(response.headers["location"]).text


def test_a_form_that_comes_too_late_leads_to_a_page_that_says_so(
    running_gateway: Any, described_client: Any, clock: Any
) -> None:
    with described_client(running_gateway(db="memory:", clock=clock)) as api:
        address = page(api)
        clock.at += 72 * HOUR
        late = api.get(api.post(address, content=b"answers.score=2", headers=FORM).headers["location"])
        assert (late.status_code, "This survey has expired." in late.text) == (410, True)


@pytest.mark.parametrize(
    "form", [b"", b"answers.score=9", b"answers.score=x", b"%ff=%fe&&&==", b"answers.score=" + b"9" * 4000]
)
def test_a_form_filled_in_wrongly_comes_back_as_a_page(api: Any, form: bytes) -> None:
    response = api.post(page(api), content=form, headers=FORM)
    assert (response.status_code, response.headers["content-type"]) == (422, "text/html; charset=utf-8")


def test_a_form_with_thousands_of_fields_is_refused(api: Any) -> None:
    assert api.post(page(api), content=b"a=1&" * 5_000, headers=FORM).status_code == 422


def test_an_unknown_link_is_a_page_too(api: Any) -> None:
    for response in (api.get("/i/unknown"), api.post("/i/unknown"), api.post("/i/unknown/opt-out")):
        assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_page_lets_nothing_in_and_tells_nobody_where_it_is(api: Any) -> None:
    headers = api.get(page(api)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


def test_opting_out_takes_a_post_and_ends_all_asking(api: Any) -> None:
    address = page(api)
    assert api.post(f"{address}/opt-out").status_code == 200
    assert api.ask()["reason"] == "opted_out"
    assert api.post(f"{address}/opt-out").status_code == 200


def test_a_mail_programs_one_click_ends_all_asking(api: Any) -> None:
    address = page(api)
    assert api.post(f"{address}/opt-out", content=b"List-Unsubscribe=One-Click", headers=FORM).status_code == 200
    assert api.ask()["reason"] == "opted_out"
    assert opted_out(api) == ("*",)


def test_opting_out_of_the_channel_alone_leaves_the_others(api: Any) -> None:
    address = page(api)
    asked = api.get(f"{address}/opt-out").text
    assert asked.index('value="all" checked') < asked.index('value="channel"')
    assert "Stop on this channel only (web)" in asked
    done = api.post(f"{address}/opt-out", content=b"scope=channel", headers=FORM)
    assert "We will not ask you on this channel again." in done.text
    assert opted_out(api) == ("web",)


def test_the_opt_out_is_confirmed_in_the_language_in_which_it_was_asked_for(api: Any) -> None:
    # The questionnaire has no Japanese, so the page fell back to another language; the confirmation must not turn.
    address = f"/i/{api.ask(locale='ja')['invitation']['token']}"
    asked = api.get(f"{address}/opt-out").text
    done = api.post(f"{address}/opt-out").text
    language = '<html lang="ja"'
    assert language not in asked
    assert language not in done
    assert asked.partition("<head>")[0] == done.partition("<head>")[0]


@pytest.mark.parametrize("form", [b"scope=all", b"scope=", b"scope=web", b"channel=web", b"\xff\xfe"])
def test_whatever_else_a_form_says_is_an_opt_out_of_everything(api: Any, form: bytes) -> None:
    address = page(api)
    assert api.post(f"{address}/opt-out", content=form, headers=FORM).status_code == 200
    assert opted_out(api) == ("*",)


def test_the_loader_is_served_with_the_renderers_hash_in_it(api: Any) -> None:
    assets = read_assets()
    assert assets is not None, "the built widget is committed"
    loader = api.get("/widget.js")
    assert loader.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert assets.hash in loader.text
    assert "__RENDERER_HASH__" not in loader.text
    assert api.get("/widget.js", headers={"if-none-match": loader.headers["etag"]}).status_code == 304


def test_the_renderer_is_immutable_and_open_to_every_page(api: Any) -> None:
    assets = read_assets()
    assert isinstance(assets, Assets)
    response = api.get(assets.renderer_path)
    assert response.content == assets.renderer
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    for name, value in (
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("timing-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "text/javascript; charset=utf-8"),
    ):
        assert response.headers[name] == value
    assert api.get("/w/0123456789abcdef/renderer.js").status_code == 404


class AwayStore(MemoryStore):
    """A store that is away for writing, and for reading, when told so."""

    writes = reads = True

    async def transact(self, keys: Any, step: Any) -> None:
        if not self.writes:
            raise StoreUnavailableError("the disk is full", "disk_full")
        await super().transact(keys, step)

    async def invitation(self, lookup: bytes) -> Any:
        if not self.reads:
            raise StoreUnavailableError("PostgreSQL is away", "unreachable")
        return await super().invitation(lookup)


def test_a_form_that_can_not_be_taken_now_comes_back_as_it_was_filled_in(
    running_gateway: Any, described_client: Any
) -> None:
    store = AwayStore()
    with described_client(running_gateway(store=store, db="memory:")) as api:
        address = page(api)
        store.writes = False
        back = api.post(address, data={"answers.score": "2", "answers.why": "The card <reader>"})
        assert (back.status_code, back.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert int(back.headers["retry-after"]) > 0
        assert "Please try again in a moment." in back.text
        assert "The card &lt;reader&gt;" in back.text
        assert re.search(r'value="2"[^>]* checked', back.text)
        store.writes = True
        assert api.post(address, data={"answers.score": "2", "answers.why": "The card"}).status_code == 303
        store.reads = False
        for answer in (
            api.get(address),
            api.post(address, data={"answers.score": "2"}),
            api.post(f"{address}/opt-out"),
        ):
            assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
            assert "Please try again in a moment." in answer.text
        store.reads = True
        books = assert_conserved(api.gateway.url)
        assert books.reasons("response") == {"store_unavailable": 2}
        assert books.reasons("preference") == {"store_unavailable": 1}
