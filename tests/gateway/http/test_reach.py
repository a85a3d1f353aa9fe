"""What a call's `reach` names and is no channel: whoever calls, and whoever runs the gateway, learns of it."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from tactful_gateway.http.reading.reach import MOST

SURVEY = """
touchpoints: {payment: {}}
rules: {any: {at: payment, ask: q}}
questionnaires: {q: {questions: [{id: score, type: nps, text: How likely?}]}}
channels: {web: {kind: widget}, email: {kind: email, url: 'smtp://127.0.0.1:25', from: a@shop.example}}
do_not_disturb: {}
"""
ADDRESS = "ann@example.com"
REACH = {"emial": ADDRESS, "13800138000": True, ADDRESS: True, "web": False}


def test_a_channel_that_is_none_stands_in_the_trace_and_once_in_the_log_and_no_address_does(
    running_gateway: Any, described_client: Any
) -> None:
    with described_client(running_gateway(SURVEY, db="memory:", public_url="https://x.example")) as api:
        call = {"touchpoint": "payment", "person": "u", "reach": REACH}
        with capture_logs() as lines:
            plain = api.post("/v1/touchpoints", headers=api.sk, json=call).json()
            traced = api.post("/v1/touchpoints?trace=1", headers=api.sk, json=call).json()
            api.post("/v1/touchpoints?trace=1", headers=api.sk, json={**call, "reach": {"web": True, "email": ADDRESS}})
        said = [line for line in lines if line["event"] == "no_such_channel"]
        misspelt = "`reach` names `emial`, which is no channel: did you mean `email`?"
        unnamed = "`reach` has a key that is no channel; a key is one of `web`, `email`, an address its value"
        assert [(line["touchpoint"], line["remedy"], line["log_level"]) for line in said] == [
            ("payment", misspelt, "warning"),
            ("payment", unnamed, "warning"),
        ]
        steps = [step for step in traced["trace"] if step["step"] == "reach"]
        assert steps == [{"step": "reach", "ok": False, "detail": detail} for detail in (misspelt, unnamed)]
        assert (plain["reason"], traced["reason"]) == ("unreachable", "unreachable")
        assert plain.keys() == traced.keys() - {"trace"}, "the decision itself has no more keys than before"
        for text in (ADDRESS, "13800138000"):
            assert text not in f"{said} {steps}"


def test_names_without_end_are_not_all_said(running_gateway: Any, described_client: Any) -> None:
    with described_client(running_gateway(SURVEY, db="memory:", public_url="https://x.example")) as api:
        names = [f"{first}{second}" for first in "abcdefghijkl" for second in "abcdefghijkl"]
        with capture_logs() as lines:
            for start in range(0, len(names), 10):
                api.ask(reach=dict.fromkeys(names[start : start + 10], True))
        assert sum(line["event"] == "no_such_channel" for line in lines) == MOST < len(names)
