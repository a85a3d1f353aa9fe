"""`POST /v1/touchpoints` from outside."""

from __future__ import annotations

from typing import Any


def test_everybody_who_pays_is_asked(api: Any) -> None:
    decision = api.ask(params={"order": {"kind": "combo", "amount": 38.5}})
    assert decision["ask"] is True
    assert decision["reason"] == "asked"
    assert (decision["rule"], decision["questionnaire"], decision["channel"]) == ("any-payment", "payment-csat", "web")
    assert decision["invitation"]["url"] == f"{api.gateway.url}/i/{decision['invitation']['token']}"
    assert decision["invitation"]["questionnaire"]["questions"][0]["text"] == "How was paying today?"
