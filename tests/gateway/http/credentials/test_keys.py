"""Keys: who may call what, from where, and for how long."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_gateway.http.credentials.keys import make_key, read_origin
from tests.eventually import eventually

PAGE_CALL = {"touchpoint": "payment", "anonymous_id": "anon_0123456789abcdef"}
SERVER_CALL = {"touchpoint": "nowhere", "person": "u"}


def test_a_key_is_stored_as_a_hash_with_a_hint() -> None:
    text, record = make_key("sk", 1_800_000_000_000, bytes(range(40)), name="backend")
    assert text.startswith("sk_")
    assert len(text) == 35
    assert text.encode() not in b"".join((record.hash, record.hint.encode()))
    assert record.hint == f"{text[:5]}...{text[-4:]}"


@pytest.mark.parametrize(("kind", "origins"), [("pk", []), ("sk", ["https://a.example"]), ("pk", ["shop.example"])])
def test_page_keys_have_origins_and_no_others_do(kind: Any, origins: list[str]) -> None:
    with pytest.raises(ValueError, match="origin"):
        make_key(kind, 0, bytes(40), origins=origins)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@given(st.text())
def test_any_text_is_an_origin_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_origin(text).startswith("http")


def test_no_key_is_missing_and_a_wrong_one_unknown(api: Any) -> None:
    for headers, code in (
        ({}, "missing_key"),
        ({"authorization": "Bearer"}, "missing_key"),
        ({"authorization": "Basic dTpw"}, "missing_key"),
        ({"authorization": "Bearer sk_wrong"}, "unknown_key"),
        ({"authorization": f"{api.sk['authorization']}x"}, "unknown_key"),
    ):
        response = api.post("/v1/touchpoints", headers=headers, json=SERVER_CALL)
        assert (response.status_code, response.json()["code"]) == (401, code)
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_key_of_the_wrong_kind_is_refused(api: Any) -> None:
    for response in (
        api.get("/v1/ruleset", headers=api.pk),
        api.post("/v1/touchpoints", headers=api.ak, json=SERVER_CALL),
        api.get("/v1/widget", headers=api.sk),
        api.put("/v1/persons/u/preferences", headers=api.pk, json={"opt_out": "all"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "wrong_key_kind")


def test_only_a_page_key_may_stand_in_the_address(api: Any) -> None:
    origin = {"origin": api.gateway.origin}
    page = api.post("/v1/touchpoints", params={"key": api.gateway.keys["pk"]}, headers=origin, json=PAGE_CALL)
    assert page.status_code == 200
    server = api.post("/v1/touchpoints", params={"key": api.gateway.keys["sk"]}, json=SERVER_CALL)
    assert (server.status_code, server.json()["code"]) == (403, "wrong_key_kind")


@pytest.mark.parametrize("spilt", ["ak", "sk", "none"])
def test_a_secret_in_the_address_is_refused_beside_a_good_header_too(api: Any, spilt: str) -> None:
    query = {"key": api.gateway.keys.get(spilt, "no-such-key")}
    for response in (
        api.post("/v1/touchpoints", params=query, headers=api.sk, json=SERVER_CALL),
        api.delete("/v1/persons/u", params=query, headers=api.ak),
        api.post(f"/v1/touchpoints?key={query['key']}&key={api.gateway.keys['pk']}", headers=api.pk, json=PAGE_CALL),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "wrong_key_kind")
    page = {"key": api.gateway.keys["pk"]}
    assert api.post("/v1/touchpoints", params=page, headers=api.sk, json=SERVER_CALL).status_code == 200


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "https://shop.example.evil.example"])
def test_a_page_key_works_only_from_its_origins(api: Any, origin: str | None) -> None:
    headers = {"authorization": api.pk["authorization"]} | ({"origin": origin} if origin else {})
    response = api.post("/v1/touchpoints", headers=headers, json=PAGE_CALL)
    assert (response.status_code, response.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in response.headers


def test_a_running_gateway_notices_new_and_revoked_keys_within_seconds(
    running_gateway: Any, described_client: Any
) -> None:
    gateway = running_gateway()
    text, record = make_key("sk", 1_800_000_000_000, bytes(range(40)))
    store = gateway.gateway.services.store

    def status() -> int:
        code: int = api.post(
            "/v1/touchpoints", headers={"authorization": f"Bearer {text}"}, json=SERVER_CALL
        ).status_code
        return code

    with described_client(gateway) as api:
        assert status() == 401
        gateway.run(store.save_key(record))
        eventually(lambda: status() == 200)
        gateway.run(store.save_key(replace(record, revoked_at=1_800_000_000_001)))
        eventually(lambda: status() == 401)
