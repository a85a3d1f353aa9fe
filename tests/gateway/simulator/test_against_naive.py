"""Every decision and every total of a simulation against an independent count on generated traffic."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tests.gateway.simulator.naive import DAY, FOLDER, Naive

START = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
GAPS = (20, 60, 61, 600, 3600, 7 * 3600, DAY, 2 * DAY, 3 * DAY, 10 * DAY)
"""Around every length that matters: a reaction, a hold, the pauses, the invitation's life."""


def make_rows(seed: int, persons: int = 60, visits: int = 40) -> list[dict[str, Any]]:
    """Make traffic in which every reason occurs; one person's zone never changes."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for person in range(persons):
        at = START + chance.randrange(10 * DAY)
        zone = chance.choice([None, None, "America/New_York", "Asia/Kathmandu"])
        for _ in range(visits):
            at += chance.choice(GAPS)
            touchpoint = chance.choice(["payment", "payment", "table"])
            payment = touchpoint == "payment"
            row = {"at": at, "person": f"p{person}", "touchpoint": touchpoint, "zone": zone}
            row["kind"] = chance.choice(["combo", "combo", "single", None]) if payment else None
            row["amount"] = chance.choice([None, 5.5, 20, 31, 90, 95.25]) if payment else None
            row["guests"] = None if payment else chance.choice([None, 1, 2, 4, 5])
            row["offers"] = chance.choice([None, None, "web", "app", "web app"])
            row["event_id"] = f"e{len(rows)}"
            rows.append(row)
    chance.shuffle(rows)
    return rows


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    names = {"zone": "timezone", "kind": "order.kind", "amount": "order.amount"}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [names.get(name, name) for name in rows[0]])
        writer.writeheader()
        for row in rows:
            at = datetime.fromtimestamp(row["at"], UTC).isoformat()
            writer.writerow({names.get(name, name): value for name, value in {**row, "at": at}.items()})


@pytest.mark.parametrize(
    ("seed", "answer_rate", "dismiss_rate"), [(1, 0, 0), (2, 0.4, 0.3), (3, 1, 0), (4, 0, 1), (5, 0.15, 0.15)]
)
def test_every_decision_is_that_of_the_naive_count(
    tmp_path: Path, seed: int, answer_rate: float, dismiss_rate: float
) -> None:
    rows = make_rows(seed)
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "all.yaml").write_text(FOLDER)
    write_csv(tmp_path / "traffic.csv", rows)
    arguments = ["simulate", str(tmp_path / "survey"), "--traffic", str(tmp_path / "traffic.csv"), "--json"]
    arguments += ["--answer-rate", str(answer_rate), "--dismiss-rate", f"{dismiss_rate:.0%}", "--seed", str(seed)]
    done = CliRunner().invoke(app, [*arguments, "--decisions", str(tmp_path / "decisions.jsonl")])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    played = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]

    naive = Naive(answer_rate, dismiss_rate, seed)
    expected = naive.play(rows)
    ordered = sorted(rows, key=lambda row: row["at"])
    for row, ours, theirs in zip(ordered, played, expected, strict=True):
        assert {key: ours[key] for key in theirs} == theirs, row
    assert report["touchpoints"] == len(rows)
    assert report["reasons"] == Counter(one["reason"] for one in expected)
    asks = [(row["person"], one) for row, one in zip(ordered, expected, strict=True) if asked(one)]
    assert report["rules"] == Counter(one["rule"] for _, one in asks)
    assert report["channels"] == Counter(one["channel"] for _, one in asks)
    by_person = Counter(person for person, _ in asks)
    persons = {row["person"] for row in rows}
    assert report["asks_per_person"] == Counter(str(by_person[person]) for person in persons)
    assert (report["answers"], report["dismissals"]) == (naive.answers, naive.dismissals)


def asked(one: dict[str, Any]) -> bool:
    return one["reason"] == "asked" and not one["again"]


def test_the_generated_traffic_meets_every_reason_that_there_is_so_far() -> None:
    met: Counter[str] = Counter()
    for seed, answers, dismissals in ((1, 0.0, 0.0), (2, 0.4, 0.3)):
        met.update(one["reason"] for one in Naive(answers, dismissals, seed).play(make_rows(seed)))
    reasons = {"asked", "no_rule", "holdout", "pending", "not_sampled", "quota_full", "paused", "capped", "unreachable"}
    assert set(met) == reasons
