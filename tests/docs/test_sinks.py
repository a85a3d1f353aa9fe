"""What the page on sinks shows is a sink that can be checked, and SQL that finds the answers in what sinks wrote."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
import yaml
from pyarrow.parquet import read_metadata

from tactful.transport import Request
from tactful_gateway import embedded
from tactful_gateway.sinks.registry import check_options
from tactful_rules.source.sections.sinks import OURS
from tests.docs.blocks import read_blocks
from tests.eventually import eventually

PAGE = Path(__file__).parents[2] / "docs" / "sinks.md"
PRIVACY = PAGE.with_name("privacy.md")
SURVEY = """
touchpoints: {payment: {}}
rules: {all: {at: payment, ask: nps}}
questionnaires:
  nps: {questions: [{id: recommend, type: nps, text: Would you?}, {id: why, type: text, text: Why?}]}
sinks:
  lines: {kind: jsonl, path: answers.jsonl}
  files: {kind: parquet, path: answers, shape: flat}
"""


def test_every_sink_that_is_shown_has_no_problem():
    blocks = [block for block in read_blocks(PAGE) if block.language == "yaml"]
    shown = [sink for block in blocks for sink in yaml.safe_load(block.body)["sinks"].values()]
    assert {sink["kind"] for sink in shown} == {"clickhouse", "kafka", "nats", "postgres", "webhook"}
    for sink in shown:
        options = {key: value for key, value in sink.items() if key not in OURS}
        assert check_options(sink["kind"], options) == []


@pytest.fixture
def answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside the files that sinks wrote of three answers: 9, 3 and 10."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "all.yaml").write_text(SURVEY, encoding="utf-8")
    with embedded.open("survey", db="memory:") as sdk:
        for person, score in (("ada", 9), ("bob", 3), ("cyd", 10)):
            decision = sdk.touchpoint("payment", person=person)
            assert decision.invitation is not None
            body = json.dumps({"answers": {"recommend": score, "why": f"it is {score}"}, "complete": True}).encode()
            path = f"/v1/invitations/{decision.invitation.token}/response"
            assert sdk.send(Request("PUT", path, body=body)).status == 202
        eventually(lambda: _written() == (3, 3), otherwise=_written)


def _written() -> tuple[int, int]:
    files, lines = list(Path("answers").rglob("*.parquet")), Path("answers.jsonl")
    # Opened once each: DuckDB opens a file again for its rows, and another one may have taken its place by then.
    rows = sum(read_metadata(file).num_rows for file in files)
    return rows, lines.read_bytes().count(b"\n") if lines.exists() else 0


@pytest.mark.usefixtures("answered")
def test_the_sql_that_is_shown_finds_the_answers():
    by_day, discontent, mean, average = (
        duckdb.sql(block.body).fetchall() for block in read_blocks(PAGE) if block.language == "sql"
    )
    assert [row[1:] for row in by_day] == [("payment", 3, 33.0)]
    assert [row[1:] for row in discontent] == [("payment", "it is 3")]
    assert mean == [("payment", pytest.approx(22 / 3))]
    assert [row[1:] for row in average] == [(pytest.approx(22 / 3),)]


@pytest.mark.usefixtures("answered")
def test_the_copy_that_is_shown_leaves_out_the_person_and_keeps_all_else():
    before = [file.parent.name for file in Path("answers").rglob("*.parquet")]
    (shown,) = (block for block in read_blocks(PRIVACY) if block.language == "sql")
    duckdb.sql(shown.body.replace("u-42", "bob"))
    assert sorted(file.parent.name for file in Path("answers.kept").rglob("*.parquet")) == sorted(before)
    read = "FROM read_parquet('{}/**/*.parquet', hive_partitioning = true, union_by_name = true) ORDER BY id"
    everybody, kept = (duckdb.sql(read.format(folder)) for folder in ("answers", "answers.kept"))
    assert kept.columns == everybody.columns
    person = everybody.columns.index("person")
    assert kept.fetchall() == [row for row in everybody.fetchall() if row[person] != "bob"]
    assert len(kept.fetchall()) == 2
