"""What the log says of refused keys: enough to put it right, never the key, and never more than a little."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tactful_gateway.http.credentials.keys import make_key
from tactful_gateway.http.credentials.refusals import AGAIN, MOST, Refusals, kind_of

NOW = 1_800_000_000_000
TEXT, SHOP = make_key("pk", NOW, bytes(range(40)), name="shop", origins=["https://shop.example"])
PAGE_CALL = {"touchpoint": "payment", "anonymous_id": "anon_0123456789abcdef"}


def test_an_origin_that_is_not_listed_is_said_once_an_hour_with_the_command_that_lists_it() -> None:
    refusals = Refusals()
    with capture_logs() as lines:
        for at in (NOW, NOW + 1, NOW + AGAIN - 1, NOW + AGAIN):
            refusals.origin(SHOP, "http://localhost:8080", at)
    assert [line["event"] for line in lines] == ["origin_not_allowed"] * 2
    line = lines[0]
    assert (line["log_level"], line["origin"], line["name"]) == ("warning", "http://localhost:8080", "shop")
    assert (line["key"], line["id"], line["listed"]) == (SHOP.hint, SHOP.id, ["https://shop.example"])
    command = "tactful keys create --kind pk --origin http://localhost:8080 --origin https://shop.example --name shop"
    assert line["remedy"].endswith(command)
    assert TEXT not in str(lines)


def test_many_origins_fill_neither_the_log_nor_the_memory_and_later_ones_are_said_again() -> None:
    refusals = Refusals()
    with capture_logs() as lines:
        for number in range(10 * MOST):
            refusals.origin(SHOP, f"https://{number}.example", NOW)
        assert len(lines) == MOST
        refusals.origin(SHOP, "https://late.example", NOW + AGAIN)
    assert lines[-1]["origin"] == "https://late.example"


@pytest.mark.parametrize(
    "origin",
    ["https://a.example$(reboot)", "https://a.example; reboot", "null", None, "https://a.example/\x1b[2J", "x" * 9000],
)
def test_no_command_is_suggested_for_what_is_no_plain_origin(origin: str | None) -> None:
    with capture_logs() as lines:
        Refusals().origin(SHOP, origin, NOW)
    assert len(lines) == 1
    assert "tactful keys create" not in lines[0]["remedy"]
    assert lines[0]["origin"].isprintable()
    assert len(lines[0]["origin"]) < 300


def test_a_page_that_is_not_listed_is_in_the_log_and_so_are_wrong_keys_and_tokens_that_do_not_verify(
    running_gateway: Any, described_client: Any
) -> None:
    stale = {"touchpoint": "payment", "identity": "eyJ.eyJ.x"}
    with described_client(running_gateway()) as api, capture_logs() as lines:
        server_key, page_key = api.gateway.keys["sk"], api.gateway.keys["pk"]
        for _ in range(2):
            api.post("/v1/touchpoints", headers={**api.pk, "origin": "https://elsewhere.example"}, json=PAGE_CALL)
            api.get("/v1/ruleset", headers={"authorization": "Bearer sk_no-such-key"})
            api.get("/v1/ruleset", headers=api.pk)
            api.post("/v1/touchpoints", params={"key": server_key}, json=PAGE_CALL)
            api.post("/v1/touchpoints", headers=api.pk, json=stale)
    said = [line for line in lines if line["log_level"] == "warning"]
    assert [(line["event"], line.get("code"), line.get("kind")) for line in said] == [
        ("origin_not_allowed", None, None),
        ("key_refused", "unknown_key", "sk"),
        ("key_refused", "wrong_key_kind", "pk"),
        ("key_refused", "wrong_key_kind", "sk"),
        ("identity_refused", None, None),
    ]
    assert said[0]["origin"] == "https://elsewhere.example"
    assert "TACTFUL_IDENTITY_SECRETS" in said[-1]["remedy"]
    for secret in (server_key, page_key, "no-such-key", stale["identity"]):
        assert secret not in str(lines)


@pytest.mark.parametrize(
    ("text", "kind"), [("sk_x", "sk"), ("pk_", "pk"), ("ak_1", "ak"), ("secret", "none"), ("", "none")]
)
def test_a_text_that_is_no_key_of_ours_shows_nothing_of_itself(text: str, kind: str) -> None:
    assert kind_of(text) == kind
