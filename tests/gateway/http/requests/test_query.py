"""What stands behind the question mark: below `/v1/` it is understood or refused; a page takes what mailers add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.http.publishing.conftest import RULES, Publisher


@pytest.fixture
def publisher(running_gateway: Any) -> Iterator[Publisher]:
    """Give a client of a gateway where nothing was published yet."""
    with Publisher(running_gateway(None, db="memory:")) as client:
        yield client


def told(response: Any) -> list[tuple[str, str, str]]:
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    return [(it["path"], it["code"], it["message"]) for it in response.json()["problems"]]


@pytest.mark.parametrize(
    ("query", "path", "code", "hint"),
    [
        ("dryrun=1", "dryrun", "unknown_parameter", "Did you mean `dry_run`?"),
        ("dry-run=1", "dry-run", "unknown_parameter", "Did you mean `dry_run`?"),
        ("DRY_RUN=1", "DRY_RUN", "unknown_parameter", "It takes `dry_run`."),
        ("dry_run=1&dry_run=0", "dry_run", "repeated", "2 times"),
        ("dry_run=0&dry_run=1", "dry_run", "repeated", "2 times"),
        ("dry_run", "dry_run", "wrong_type", "One of `0`, `1`."),
        ("dry_run=yes", "dry_run", "wrong_type", "One of `0`, `1`."),
        ("dry_run=%D9%A1", "dry_run", "wrong_type", "One of `0`, `1`."),
        ("dry_run=1&" + "&".join(f"p{number}" for number in range(30)), "", "too_many", "At most 20"),
    ],
)
def test_a_dry_run_that_is_not_said_right_publishes_nothing(
    publisher: Publisher, query: str, path: str, code: str, hint: str
) -> None:
    refused = publisher.put(f"/v1/ruleset?{query}", headers=publisher.ak, json={"files": {"rules.yaml": RULES}})
    ((at, what, message),) = told(refused)
    assert (at, what) == (path, code)
    assert hint in message
    assert publisher.versions() == []


@pytest.mark.parametrize(
    "number", ["1e3", "1E0", "1.0", "1٢", "01", "00", "-0", "-1", "%2B1", "1_0", "0x1", "null", "", "%201", "1%0A"]
)
@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/ruleset/versions", "before"),
        ("/v1/ruleset/versions", "limit"),
        ("/v1/sinks/main/dead", "after"),
        ("/v1/sinks/main/dead", "limit"),
    ],
)
def test_a_page_is_asked_for_in_digits_only(publisher: Publisher, path: str, parameter: str, number: str) -> None:
    ((at, code, message),) = told(publisher.get(f"{path}?{parameter}={number}", headers=publisher.ak))
    assert (at, code) == (parameter, "wrong_type")
    assert "digits only" in message


@pytest.mark.parametrize("number", [str(2**53 + 1), "9" * 400])
def test_a_number_that_no_page_has_is_out_of_range(publisher: Publisher, number: str) -> None:
    ((at, _, message),) = told(publisher.get(f"/v1/ruleset/versions?before={number}", headers=publisher.ak))
    assert at == "before"
    assert str(2**53) in message


def test_before_the_first_version_there_are_none(publisher: Publisher) -> None:
    for number in range(3):
        publisher.publish(rules=f"{RULES}# {number}\n")
    pages = [
        publisher.versions(limit=2),
        publisher.versions(before=2),
        publisher.versions(before=1),
        publisher.versions(before=0),
    ]
    assert [[it["number"] for it in page] for page in pages] == [[3, 2], [1], [], []]


@pytest.mark.parametrize("tag", ['"3', '3"', "3", '""3""', '"03"', '"٣"', "*", '"3", "4"', 'W/"3"'])
def test_a_condition_that_is_none_publishes_nothing(publisher: Publisher, tag: str) -> None:
    headers = {"if-match": tag.encode()}
    ((at, _, message),) = told(publisher.publish(rules=RULES, headers=headers))  # type: ignore[arg-type]
    assert at == "If-Match"
    assert '"12"' in message


def test_the_tag_of_what_sdks_need_is_no_condition_and_the_refusal_says_which_is(publisher: Publisher) -> None:
    publisher.publish(rules=RULES)
    tag = publisher.get("/v1/ruleset", headers=publisher.sk).headers["etag"]
    ((at, _, message),) = told(publisher.publish(rules=RULES + "#", headers={"if-match": tag}))
    assert (at, "GET /v1/ruleset/versions" in message) == ("If-Match", True)
    receipt = publisher.publish(rules=RULES + "#", headers={"if-match": '"1"'})
    assert receipt.json()["version"]["number"] == 2
    assert "etag" not in receipt.headers  # two kinds of tags at one address would be mistaken for each other


def test_every_call_refuses_what_it_does_not_read(api: Any) -> None:
    invitation = api.invite()
    calls: list[Callable[..., Any]] = [
        lambda **more: api.post(
            "/v1/touchpoints", headers=api.sk, json={"touchpoint": "payment", "person": "u"}, **more
        ),
        lambda **more: api.get("/v1/ruleset", headers=api.sk, **more),
        lambda **more: api.get(invitation, **more),
        lambda **more: api.post(f"{invitation}/events", json={"type": "displayed"}, **more),
        lambda **more: api.put(f"{invitation}/response", json={"answers": {"score": 5}}, **more),
    ]
    for call in calls:
        assert call().status_code < 300
        ((at, code, _),) = told(call(params={"local": "de"}))
        assert (at, code) == ("local", "unknown_parameter")


def test_the_key_is_looked_at_before_the_query(api: Any) -> None:
    assert api.get("/v1/ruleset?befor=1").status_code == 401
    assert api.get("/v1/ruleset", params={"key": api.gateway.keys["sk"]}).json()["code"] == "wrong_key_kind"
    page = {"origin": api.gateway.origin}
    assert api.get("/v1/widget", params={"key": api.gateway.keys["pk"]}, headers=page).status_code == 200
    key = api.gateway.keys["pk"]
    assert told(api.get(f"/v1/widget?key={key}&key={key}", headers=page))[0][:2] == ("key", "repeated")


def test_a_link_with_what_mailers_add_still_opens(api: Any) -> None:
    hosted = api.invite().replace("/v1/invitations/", "/i/")
    assert api.get(f"{hosted}?utm_source=mail&fbclid=x").status_code == 200
    for path in ("/livez?probe=1", "/metrics?name[]=up", "/widget.js?v=3"):
        assert api.get(path).status_code == 200
