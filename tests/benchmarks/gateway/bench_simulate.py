"""How many touchpoints `tactful simulate` plays a second on one core: a busy café's quarter of a year.

A process of its own is pinned to one core and runs the command whole, from reading the file to printing the report;
only the interpreter's start and the imports are not timed. What counts is processor time, which other work on the
machine disturbs least: there is nothing to wait for.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import process_time

from tactful_gateway.cli.main import app
from tests.benchmarks.row import Baseline, Row

ROOT = Path(__file__).parents[3]
CAFE = ROOT / "examples" / "cafe"
TOUCHPOINTS, PERSONS, DAYS = 100_000, 20_000, 90
ROUNDS = 2
RATE = 30_000
SHARE = 0.13
"""What of the baseline `RATE` is on the machine it was promised for, which reads 200,000 to 225,000 rows a second."""
REACTING = ("--answer-rate", "30%", "--dismiss-rate", "30%")


def rows() -> list[Row]:
    """Play with people who never react, and with people who do; compare with merely reading the same rows."""
    with tempfile.TemporaryDirectory() as folder:
        traffic = Path(folder) / "traffic.csv"
        write_traffic(traffic)
        command = [sys.executable, "-m", "tests.benchmarks.gateway.bench_simulate", str(traffic)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    rate, reacting, bare = (TOUCHPOINTS / seconds for seconds in json.loads(done.stdout))
    baseline = Baseline("reading the CSV, JSON there and back", bare)
    return [
        Row(
            name="tactful simulate, the café's rules, one core",
            value=rate,
            unit="/s",
            baseline=baseline,
            budget=f">= {RATE:,} /s, >= {SHARE} of the baseline",
            met=rate >= RATE and rate >= SHARE * bare,
            note=f"{TOUCHPOINTS:,} touchpoints of {PERSONS:,} persons in {DAYS} days, best of {ROUNDS}",
        ),
        Row(
            name="the same, three in ten answer, three dismiss",
            value=reacting,
            unit="/s",
            baseline=baseline,
        ),
    ]


def write_traffic(path: Path) -> None:
    """Write guests that come again and again, some far more often than others; three in ten orders are combos."""
    random, start = Random(3), datetime(2026, 3, 1, tzinfo=UTC)
    seconds = sorted(random.randrange(DAYS * 86_400) for _ in range(TOUCHPOINTS))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("at", "person", "order.kind", "order.amount", "order.items"))
        for second in seconds:
            at = (start + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
            person = f"guest-{int(PERSONS * random.random() ** 2)}"
            combo = random.random() < 0.3
            amount = round(random.uniform(28, 90) if combo else random.uniform(8, 30), 2)
            writer.writerow((at, person, "combo" if combo else "a-la-carte", amount, random.randint(1, 5)))


def _play(traffic: Path, options: tuple[str, ...] = ()) -> float:
    """Give the seconds that the command takes."""
    command = ["simulate", str(CAFE), "--traffic", str(traffic), "--touchpoint", "payment", "--json", *options]
    printed, start = io.StringIO(), process_time()
    with redirect_stdout(printed):
        app(command, standalone_mode=False)
    took = process_time() - start
    report = json.loads(printed.getvalue())
    assert report["touchpoints"] == TOUCHPOINTS
    assert min(report["reasons"][reason] for reason in ("asked", "paused", "capped")) > 0
    return took


def _read(traffic: Path) -> float:
    """Give the seconds that it takes to read the rows with the standard library, and each as JSON there and back."""
    start = process_time()
    with traffic.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            json.loads(json.dumps(row))
    return process_time() - start


if __name__ == "__main__":
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    path = Path(sys.argv[1])
    played, read = (min(measure(path) for _ in range(ROUNDS)) for measure in (_play, _read))
    print(json.dumps([played, _play(path, REACTING), read]))
