"""Channels that send against an independent count: quiet hours, delays, fallbacks, reminders, one answer for all."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tests.gateway.simulator.naive import DAY, HOUR
from tests.gateway.simulator.naive_sent import FOLDER, NaiveSent
from tests.gateway.simulator.test_against_naive import write_csv

START = int(datetime(2026, 4, 10, tzinfo=UTC).timestamp())
GAPS = (61, 600, HOUR, 3 * HOUR, 7 * HOUR, DAY, 2 * DAY, 5 * DAY)


def make_rows(seed: int, persons: int = 40, visits: int = 30) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for person in range(persons):
        at = START + chance.randrange(10 * DAY)
        zone = chance.choice(["UTC", "America/New_York", "Asia/Kathmandu"])
        for _ in range(visits):
            at += chance.choice(GAPS) + chance.randrange(60)
            touchpoint = chance.choice(["payment", "payment", "delivery", "visit"])
            rows.append(
                {"at": at, "person": f"p{person}", "touchpoint": touchpoint, "zone": zone, "event_id": f"e{len(rows)}"}
            )
    return sorted(rows, key=lambda row: row["at"])


def at(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("seed", "answer_rate", "dismiss_rate"), [(1, 0, 0), (2, 0.3, 0.1), (3, 0.5, 0.5), (4, 0.1, 0), (5, 0, 0.2)]
)
def test_every_decision_release_and_reaction_is_that_of_the_naive_count(
    tmp_path: Path, seed: int, answer_rate: float, dismiss_rate: float
) -> None:
    rows = make_rows(seed)
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "all.yaml").write_text(FOLDER)
    write_csv(tmp_path / "traffic.csv", rows)
    arguments = ["simulate", str(tmp_path / "survey"), "--traffic", str(tmp_path / "traffic.csv"), "--json"]
    arguments += ["--answer-rate", str(answer_rate), "--dismiss-rate", str(dismiss_rate)]
    done = CliRunner().invoke(app, [*arguments, "--decisions", str(tmp_path / "decisions.jsonl")])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]

    naive = NaiveSent(answer_rate, dismiss_rate)
    expected = naive.play(rows)
    played = [{**line, "not_before": at(line["not_before"])} for line in lines if "release" not in line]
    for row, ours, theirs in zip(rows, played, expected, strict=True):
        assert {key: ours[key] for key in theirs} == theirs, row
    released = [
        (at(one["at"]), one["person"], one["touchpoint"], one["reason"], one["channel"], at(one["not_before"]))
        for one in lines
        if one.get("release")
    ]
    assert Counter(released) == Counter(naive.releases)
    counts = naive.counts
    assert report["channels"] == {name: counts[f"asks {name}"] for name in ("web", "email", "sms")}
    for key, reaction in (("channel_answers", "answered"), ("channel_dismissals", "dismissed")):
        assert report[key] == {
            name: count for name in ("web", "email", "sms") if (count := counts[f"{reaction} {name}"])
        }
    assert report["deferred"] == {
        "invitations": counts["deferred"],
        "sent": counts["deferred sent"],
        "ended": {name[6:]: count for name, count in counts.items() if name.startswith("ended ")},
        "waited_again": counts["waited again"],
    }
    assert (report["fallbacks"], report["reminders"]) == (counts["fallbacks"], counts["reminders"])
    did = {one["limit"]: (one["stopped"], one["shifted"]) for one in report["limits"]}
    assert did == {limit: (naive.stopped[limit], naive.shifted[limit]) for limit in did}
    assert len(did) == 7
    reasons = {"asked", "sending", "deferred", "pending", "paused", "capped", "quiet_hours"}
    assert set(report["reasons"]) >= reasons - {"capped"}, "the traffic is made to meet every reason"
