"""What browsers are told: a page that is listed may read answers, others may not, and nobody sends cookies."""

from __future__ import annotations

from typing import Any

PAGE_CALL = {"touchpoint": "payment", "anonymous_id": "anon_0123456789abcdef"}


def preflight(api: Any, path: str, origin: str, method: str = "POST") -> Any:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization, content-type",
    }
    return api.options(path, headers=headers)


def test_an_answer_to_a_listed_page_is_reflected_to_its_origin(api: Any) -> None:
    response = api.post("/v1/touchpoints", headers=api.pk, json=PAGE_CALL)
    assert response.headers["access-control-allow-origin"] == api.gateway.origin
    assert "Origin" in response.headers["vary"]
    assert "access-control-allow-credentials" not in response.headers


def test_a_refusal_can_be_read_by_the_page_too(api: Any) -> None:
    response = api.post("/v1/touchpoints", headers=api.pk, content=b"{")
    assert response.status_code == 400
    assert response.headers["access-control-allow-origin"] == api.gateway.origin


def test_a_preflight_is_answered_for_listed_pages_only(api: Any) -> None:
    good = preflight(api, "/v1/touchpoints", api.gateway.origin)
    assert good.status_code == 204
    assert good.headers["access-control-allow-origin"] == api.gateway.origin
    assert "authorization" in good.headers["access-control-allow-headers"]
    assert good.headers["access-control-max-age"] == "7200"
    evil = preflight(api, "/v1/touchpoints", "https://evil.example")
    assert "access-control-allow-origin" not in evil.headers
    assert evil.headers["vary"] == "Origin"


def test_an_invitation_can_be_answered_from_any_page_for_its_token_is_the_credential(api: Any) -> None:
    path = api.invite()
    assert (
        preflight(api, f"{path}/response", "https://any.example", "PUT").headers["access-control-allow-origin"] == "*"
    )
    headers = {"origin": "https://any.example"}
    assert api.get(path, headers=headers).headers["access-control-allow-origin"] == "*"
    unknown = api.get("/v1/invitations/x", headers=headers)
    assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (404, "*")


def test_server_routes_say_nothing_to_browsers(api: Any) -> None:
    headers = {**api.sk, "origin": api.gateway.origin}
    assert "access-control-allow-origin" not in api.get("/v1/ruleset", headers=headers).headers
    assert "access-control-allow-origin" not in preflight(api, "/v1/ruleset", api.gateway.origin, "GET").headers
