"""`POST /v1/sinks/{id}/replay`: everything from somewhere on once more, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.http.sinks.conftest import Hook, SinksClient

PERSONS = [f"u-{number}" for number in range(6)]


def test_a_replay_delivers_again_from_a_sequence_and_to_this_sink_alone(sinks: SinksClient, hook: Hook) -> None:
    sinks.opt_out(*PERSONS)
    file = sinks.until("file", delivered=6, pending=0)
    sinks.until("hook", delivered=6)
    first = file["cursor"] - 1
    done = sinks.post("/v1/sinks/file/replay", {"from": first})
    assert done.status_code == 202, done.text
    assert (done.json()["first"], done.json()["last"]) == (first, file["cursor"])
    after = sinks.until("file", order=done.json()["order"], cursor=file["cursor"], pending=0)
    assert (after["accepted"], after["delivered"], after["dead"]) == (8, 8, 0)
    assert after["filtered"] == file["filtered"]
    assert sinks.lines() == [*PERSONS, *PERSONS[4:]]
    assert len(hook.tried) == 6


def test_a_replay_from_the_beginning_reaches_what_was_before_the_sink(sinks: SinksClient) -> None:
    sinks.opt_out(*PERSONS)
    sinks.until("file", delivered=6)
    done = sinks.post("/v1/sinks/file/replay", {"from": "beginning"}).json()
    assert done["first"] == 1
    sinks.until("file", order=done["order"], cursor=done["last"], pending=0)
    assert sinks.lines() == PERSONS * 2


def test_a_replay_from_a_time_begins_with_its_first_event(sinks: SinksClient) -> None:
    sinks.opt_out(*PERSONS[:3])
    sinks.until("file", delivered=3)
    now = datetime.now(UTC)
    while datetime.now(UTC) < now + timedelta(milliseconds=5):
        pass
    sinks.opt_out(*PERSONS[3:])
    sinks.until("file", delivered=6)
    moment = (now + timedelta(milliseconds=2)).astimezone().isoformat()
    done = sinks.post("/v1/sinks/file/replay", {"from": moment}).json()
    sinks.until("file", order=done["order"], cursor=done["last"], pending=0)
    assert sinks.lines() == [*PERSONS, *PERSONS[3:]]


def test_a_replay_starts_a_waiting_and_a_stopped_sink(sinks: SinksClient, hook: Hook) -> None:
    for status in (503, 410):
        hook.answer = lambda _, status=status: (status, {"retry-after": "3600"}, b"")
        sinks.opt_out(f"u-{status}")
        waiting = sinks.until("hook", state="stopped" if status == 410 else "retrying")
        hook.answer = lambda _: (204, {}, b"")
        done = sinks.post("/v1/sinks/hook/replay", {"from": waiting["cursor"]}).json()
        after = sinks.until("hook", order=done["order"], pending=0)
        assert (after["state"], after["circuit"], after["error"]) == ("running", "closed", "")
    assert len(set(hook.got)) == 2


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (0, "wrong_type"),
        (-5, "wrong_type"),
        (2**60, "wrong_type"),
        (10_000, "in_future"),
        ("2999-01-01T00:00:00Z", "in_future"),
        ("2026-01-01", "wrong_type"),
        ("2026-01-01T00:00:00", "wrong_type"),
        ("the start", "wrong_type"),
        ("", "wrong_type"),
        (1.5, "wrong_type"),
        (None, "wrong_type"),
        (["1"], "wrong_type"),
    ],
)
def test_a_start_that_is_none_is_refused_and_nothing_happens(sinks: SinksClient, start: Any, code: str) -> None:
    sinks.opt_out("u-1")
    before = sinks.until("file", delivered=1, pending=0)
    refused = sinks.post("/v1/sinks/file/replay", {"from": start})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert [(it["path"], it["code"]) for it in refused.json()["problems"]] == [("from", code)]
    assert sinks.sink("file")["order"] == before["order"]


def test_a_start_has_to_be_said(sinks: SinksClient) -> None:
    for body in ({}, {"form": 1}):
        refused = sinks.post("/v1/sinks/file/replay", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


def test_a_time_after_the_last_event_is_nothing_to_replay(sinks: SinksClient) -> None:
    sinks.opt_out("u-1")
    sinks.until("file", delivered=1)
    moment = (datetime.now(UTC) + timedelta(milliseconds=1)).isoformat()
    while datetime.now(UTC).isoformat() < moment:
        pass
    refused = sinks.post("/v1/sinks/file/replay", {"from": moment})
    assert refused.json()["problems"][0]["code"] == "in_future"
