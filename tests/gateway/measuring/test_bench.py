"""`tactful bench` measures a real gateway, and touches nothing that is anybody's."""

from __future__ import annotations

import json
import signal
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tactful_gateway.measuring.drawing import draw
from tactful_gateway.measuring.figures import during
from tactful_gateway.measuring.gateway import Driver
from tactful_gateway.measuring.running import BenchError, Running, running
from tactful_gateway.survey import read_texts
from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import TACTFUL
from tests.gateway.importing.conftest import HEED_SIGINT

SENDING = """
touchpoints: {payment: {params: {amount: {type: number, minimum: 0}}}}
channels: {email: {kind: email, url: "${SMTP_URL}", from: shop@example.com}}
sinks:
  file: {kind: jsonl, path: answers.jsonl}
  team: {kind: webhook, url: "${TEAM_URL}", secret: "${TEAM_SECRET}"}
rules: {by-mail: {at: payment, ask: csat}}
questionnaires: {csat: {questions: [{id: score, type: csat, required: true, text: How was paying?}]}}
"""


def bench(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["bench", *map(str, arguments)])


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, in which nothing may be left."""
    empty = tmp_path / "place"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.delenv("TACTFUL_DB", raising=False)
    return empty


def test_it_measures_all_parts_of_the_starter_and_leaves_the_database_alone(place: Path) -> None:
    database = place / "tactful.db"
    database.write_bytes(b"somebody's")
    before = database.stat()
    done = bench("--seconds", 0.2, "--connections", 8, "--json", "-")
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    for part in (
        said["deciding"]["micros"],
        said["fsync_millis"],
        said["decisions"]["millis"],
        said["responses"]["millis"],
    ):
        assert part["measured"] > 0
        assert 0 < part["median"] <= part["p99"]
    assert 0 < said["deciding"]["asking"] <= said["deciding"]["events"]
    assert 0 < said["decisions"]["asked"] <= said["decisions"]["millis"]["measured"]
    assert said["decisions"]["rate"] > 0 < said["responses"]["rate"]
    assert said["in_short"].startswith("One gateway here takes about ")
    assert "answers a second; 99 of 100 callers wait less than" in said["in_short"]
    assert [path.name for path in place.iterdir()] == ["tactful.db"]
    assert database.read_bytes() == b"somebody's"
    assert database.stat().st_mtime_ns == before.st_mtime_ns


def test_it_needs_no_variable_fills_no_sink_and_says_that_nobody_could_be_asked(place: Path, tmp_path: Path) -> None:
    survey = tmp_path / "survey"
    survey.mkdir()
    (survey / "survey.yaml").write_text(SENDING, encoding="utf-8")
    report = tmp_path / "report.json"
    done = bench(
        survey, "--seconds", 0.1, "--connections", 2, "--db", f"sqlite:///{place}/later/x.db", "--json", report
    )
    assert done.exit_code == 0, done.output
    said = json.loads(report.read_text(encoding="utf-8"))
    assert (said["deciding"]["asking"], said["decisions"]["asked"], said["responses"]) == (0, 0, None)
    assert said["notes"] == [
        "Only sent channels serve by-mail; a bench sends nothing, so they asked nobody.",
        "Nobody was asked, so no response could be measured; an inline test that asks lends its event.",
    ]
    assert all(note in done.stdout for note in said["notes"])
    assert "answers" not in said["in_short"]
    assert list(place.iterdir()) == []


def test_a_folder_with_mistakes_is_shown_as_check_shows_it(tmp_path: Path) -> None:
    survey = tmp_path / "survey"
    survey.mkdir()
    (survey / "survey.yaml").write_text(SENDING.replace("ask: csat", "ask: csta"), encoding="utf-8")
    done = bench(survey)
    assert done.exit_code == 1
    first = done.stderr.splitlines()[0]
    assert first in CliRunner().invoke(app, ["check", str(survey)]).stdout.splitlines()
    assert done.stderr.endswith(f"1 problem in {survey}\n")


@pytest.mark.parametrize(
    ("db", "said"),
    [
        ("postgresql://db.example/tactful", "PostgreSQL has no scratch database"),
        ("memory:", "memory: has no disk"),
        ("tactful.db", "must be sqlite:///PATH"),
    ],
)
def test_a_database_without_a_disk_of_this_machine_is_refused(db: str, said: str) -> None:
    done = bench("--db", db)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_interrupted_it_gives_what_was_measured_and_leaves_nothing(place: Path) -> None:
    command = [*HEED_SIGINT, str(TACTFUL), "bench", "--seconds", "1", "--json", "-"]  # time enough to interrupt it
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    scratch = eventually(lambda: next(place.glob(".tactful-bench-*/tactful.db"), None)).parent
    bench.send_signal(signal.SIGINT)
    out, err = bench.communicate(timeout=60)
    assert bench.returncode == 130, err
    assert "interrupted: what is missing was not measured" in err
    said = json.loads(out)
    assert said["ended_early"] in err
    assert said["deciding"]["micros"]["measured"] > 0 < said["fsync_millis"]["measured"]
    assert said["responses"] is None
    assert not scratch.exists()
    assert list(place.iterdir()) == []


def test_killed_its_gateway_ends_and_takes_the_scratch_folder_along(place: Path) -> None:
    bench = subprocess.Popen([str(TACTFUL), "bench", "--seconds", "0.1"], stdout=subprocess.DEVNULL)
    scratch = eventually(lambda: next(place.glob(".tactful-bench-*/tactful.db"), None)).parent
    bench.kill()
    bench.wait()
    eventually(lambda: not scratch.exists())
    assert list(place.iterdir()) == []


def test_a_gateway_that_refuses_or_is_gone_is_told_of(place: Path) -> None:
    files = {"survey.yaml": SENDING}
    folder = read_texts(files).folder
    assert folder is not None
    with running(files, place) as gateway:
        driver = Driver(Running(gateway.port, "sk_wrong"), folder.ruleset, 2)
        with pytest.raises(BenchError, match=r"refused a request.*401"):
            driver.measure_decisions(draw(folder), 0.1, lambda share: None)
    with pytest.raises(BenchError, match="can't be driven any more"):
        driver.measure_decisions(draw(folder), 0.1, lambda share: None)


def test_time_is_told_until_it_is_over() -> None:
    told: list[float] = []
    assert list(during(2, told.append, count(step=0.25).__next__)) == list(range(7))
    assert told == [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
    assert list(during(0, told.append)) == [0]
