"""`tactful import`: files of every kind, imported once, whatever comes in between."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tests.gateway.cli_remote.conftest import Run

Received = Callable[[], list[dict[str, Any]]]
HEADER = "order,when,person,stars,comment,params.order.amount,person.vip,scores.csat\n"
ALWAYS = ("--source", "store", "--touchpoint", "payment", "--map", "order=id,when=at")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Give a CSV file of three rows: a comment that looks like a number, and a time as PostgreSQL writes it."""
    file = tmp_path / "reviews.csv"
    first = '1,2026-03-01,u-1,5,"Quick, and\nfriendly",38.5,true,5\n'
    file.write_text(
        f"{HEADER}{first}2,2026-03-01T09:30,u-2,4,12,,,\n3,2026-03-02 17:30:00+08,u-1,1,,,,\n", encoding="utf-8"
    )
    return file


def test_a_csv_file_is_imported_with_the_types_that_its_cells_have(run: Run, received: Received, reviews: Path) -> None:
    done = run(reviews, *ALWAYS, "--text", "comment", "--timezone", "Asia/Shanghai")
    assert (done.returncode, done.stdout) == (0, "3 taken, 0 known already, 0 refused\n"), done.stderr
    one, two, three = received()
    assert (one["external_id"], one["source"], one["person"]) == ("1", "store", {"id": "u-1", "vip": True})
    assert (one["answers"], one["scores"]) == ({"stars": 5, "comment": "Quick, and\nfriendly"}, {"csat": 5.0})
    assert one["params"] == {"order.amount": 38.5}
    assert one["timings"]["answered_at"] == "2026-03-01T04:00:00.000Z", "noon in the zone that was named"
    assert (two["answers"], two["timings"]["answered_at"]) == (
        {"stars": 4, "comment": "12"},
        "2026-03-01T01:30:00.000Z",
    )
    assert (three["answers"], three["timings"]["answered_at"]) == (
        {"stars": 1},
        "2026-03-02T09:30:00.000Z",
    ), "an offset without minutes"


def test_imported_again_nothing_happens(run: Run, received: Received, reviews: Path) -> None:
    assert run(reviews, *ALWAYS).returncode == 0
    again = run(reviews, *ALWAYS, "--json")
    assert json.loads(again.stdout) == {"accepted": 0, "duplicate": 3, "rejected": 0, "rejects": None}
    assert len(received()) == 3


def test_bad_rows_are_named_by_line_kept_and_imported_once_they_are_put_right(
    run: Run, received: Received, reviews: Path
) -> None:
    rows = "4,yesterday,u-4,1,bad time,,,\n5,2026-03-01,,1,nobody,,,\n6,2999-03-01,u-6,1,later,,,\n"
    rows += "7,2026-03-01,u-7,1,x,,,,surplus\n"
    with reviews.open("a", encoding="utf-8") as file:
        file.write(rows)
    done = run(reviews, *ALWAYS)
    assert done.returncode == 1
    assert "3 taken, 0 known already, 4 refused" in done.stdout
    lines = [line.split(":")[1] for line in done.stderr.splitlines() if line.startswith(f"{reviews}:")]
    assert sorted(lines) == ["6", "7", "8", "9"], done.stderr
    kept = reviews.with_name("reviews.rejects.csv")
    with kept.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert {(it["order"], it["_line"]) for it in table} == {("4", "6"), ("5", "7"), ("6", "8"), ("7", "9")}
    assert all(it["_problem"] for it in table)
    text = kept.read_text(encoding="utf-8").replace("yesterday", "2026-03-04").replace("2999", "2026")
    kept.write_text(text.replace(",surplus", "").replace(",,1,nobody", ",u-5,1,nobody"), encoding="utf-8")
    assert run(kept, *ALWAYS).stdout == "4 taken, 0 known already, 0 refused\n"
    assert sorted(it["external_id"] for it in received()) == list("1234567")
    assert {it["external_id"]: set(it["answers"]) for it in received()}["7"] == {"stars", "comment"}


def test_refused_rows_that_somebody_puts_right_are_never_written_over(run: Run, reviews: Path) -> None:
    with reviews.open("a", encoding="utf-8") as file:
        file.write("4,yesterday,u-4,1,bad time,,,\n")
    first, second = (reviews.with_name(name) for name in ("reviews.rejects.csv", "reviews.rejects-2.csv"))
    for _ in range(2):
        done = run(reviews, *ALWAYS)
        assert f"1 refused: see {first}" in done.stdout.replace("\n", ""), "what is the same is kept once"
    refused = first.read_text(encoding="utf-8")
    first.write_text(put_right := refused.replace("yesterday", "2026-03-04"), encoding="utf-8")
    for _ in range(2):
        done = run(reviews, *ALWAYS)
        assert f"1 refused: see {second}" in done.stdout.replace("\n", "")
        assert first.read_text(encoding="utf-8") == put_right
        assert second.read_text(encoding="utf-8") == refused
    assert run(reviews, *ALWAYS, "--rejects", reviews).returncode == 1
    assert reviews.read_text(encoding="utf-8").startswith(HEADER), "a file that is imported is none for its rejects"
    assert json.loads(run(reviews, *ALWAYS, "--rejects", "/dev/null", "--json").stdout)["rejects"] == "/dev/null"
    assert {it.name for it in reviews.parent.glob("*.csv")} == {reviews.name, first.name, second.name, "reviews-2.csv"}


def test_json_lines_are_items_or_flat_rows(run: Run, received: Received, tmp_path: Path) -> None:
    item = {
        "source": "app",
        "id": 1,
        "touchpoint": "payment",
        "person": {"id": "u", "vip": True},
        "at": "2026-03-01T00:00:00Z",
    }
    rows = [
        {**item, "answers": {"score": 5}, "questionnaire": "payment-csat", "params": {"order": {"kind": "combo"}}},
        {**item, "id": "2", "person": "u", "stars": 3, "_note": "ours", "scores.nps": 9},
        {**item, "id": "3", "answers": {"score": 9}, "questionnaire": "payment-csat"},
        {**item, "id": "4", "answers": {"a": {"b": 1}}},
    ]
    file = tmp_path / "app.jsonl"
    file.write_text("\n".join([*map(json.dumps, rows), "{", "[1]", ""]), encoding="utf-8")
    done = run(file)
    assert (done.returncode, done.stdout.startswith("2 taken, 0 known already, 4 refused")) == (1, True), done.stderr
    checked, free = received()
    assert (checked["scores"], checked["params"]) == ({"csat": 5}, {"order.kind": "combo"})
    assert (free["answers"], free["scores"]) == ({"stars": 3}, {"nps": 9.0})
    kept = [json.loads(line) for line in (tmp_path / "app.rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(it["_line"] for it in kept) == [3, 4, 5, 6]
    assert next(it for it in kept if it["_line"] == 3)["answers"] == {"score": 9}
    assert next(it for it in kept if it["_line"] == 5)["_raw"].strip() == "{"


def test_parquet_is_imported_with_its_types(run: Run, received: Received, tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "id": [1, 2],
            "at": ["2026-03-01", "2026-03-02"],
            "person": ["a", "b"],
            "stars": [4, None],
            "ok": [True, False],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "reviews.parquet")
    done = run(tmp_path / "reviews.parquet", "--source", "s", "--touchpoint", "payment")
    assert done.returncode == 0, done.stderr
    assert [it["answers"] for it in received()] == [{"stars": 4, "ok": True}, {"ok": False}]


def test_a_questionnaire_that_there_is_not_is_told_with_its_rows(run: Run, reviews: Path) -> None:
    said = "no questionnaire `payment_csat` in the survey folder there: the answers of 3 rows are not checked\n"
    for more, known in (("--dry-run",), True), ((), True), ((), False):
        done = run(reviews, *ALWAYS, "--questionnaire", "payment_csat", *more)
        assert (done.returncode, said in done.stderr) == (0, known), "what was taken before is told once"
    assert "no questionnaire" not in run(reviews, *ALWAYS, "--questionnaire", "payment-csat", "--dry-run").stderr


def test_a_dry_run_says_what_would_come_of_it_and_leaves_nothing_behind(
    run: Run, received: Received, reviews: Path
) -> None:
    with reviews.open("a", encoding="utf-8") as file:
        file.write("4,2999-01-01,u-4,1,later,,,\n")
    done = run(reviews, *ALWAYS, "--dry-run")
    assert (done.returncode, done.stdout) == (1, "3 would be taken, 0 known already, 1 would be refused\n")
    assert f"{reviews}:6: at: It lies in the future." in done.stderr
    assert (received(), sorted(it.name for it in reviews.parent.glob("*.csv"))) == ([], ["reviews.csv"])


def test_a_large_file_goes_in_batches_and_its_params_that_break_their_schema_are_told(
    run: Run, received: Received, tmp_path: Path
) -> None:
    file = tmp_path / "many.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(1_203):
            row = {
                "id": number,
                "person": f"u-{number % 7}",
                "at": "2026-03-01",
                "comment": "长" * (1 + 3 * (number % 1_000)),
            }
            out.write(json.dumps({**row, "params.order.amount": -1 if number < 2 else 1}) + "\n")
    done = run(file, "--source", "s", "--touchpoint", "payment")
    assert done.stdout == "1203 taken, 0 known already, 0 refused\n", done.stderr
    assert "2 rows without the param order.amount" in done.stderr
    assert [it["external_id"] for it in received()] == [str(number) for number in range(1_203)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--source", "s", "--map", "order=id,when=at"),
            "no column `touchpoint`: rename one with --map COLUMN=touchpoint or say it with --touchpoint; it has",
        ),
        (("--source", "s", "--touchpoint", "payment"), "no column `id`"),
        ((*ALWAYS, "--map", "orders=id"), "no column orders: did you mean `order`?"),
        ((*ALWAYS, "--text", "coment"), "no column coment: did you mean `comment`?"),
        ((*ALWAYS, "--text", "coment,zzz"), "no column coment, zzz: it has `order`, `when`, `person`"),
        ((*ALWAYS, "--timezone", "Mars/Base"), "no time zone"),
        ((*ALWAYS, "--map", "order"), "is not COLUMN=PARAM"),
        ((*ALWAYS, "--gateway", "nowhere"), "is an address such as"),
    ],
)
def test_what_does_not_fit_the_file_is_wrong_usage(
    run: Run, reviews: Path, options: tuple[str, ...], said: str
) -> None:
    done = run(reviews, *options)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("column", "cell", "scale"),
    [("scores.nps", "9,5", "nps is a number from 0 to 10"), ("stars", "11", "csat is a number from 1 to 5"),
     ("stars", "true", "csat is"), ("scores.ces", "often", "ces is a number from 1 to 7")],
)  # fmt: skip
def test_a_score_that_is_none_is_refused_by_its_column_and_value(
    run: Run, tmp_path: Path, column: str, cell: str, scale: str
) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f'id,person,at,{column}\n1,u,2026-03-01,"{cell}"\n2,u,2026-03-01,4.5\n', encoding="utf-8")
    done = run(
        file, "--source", "s", "--touchpoint", "payment", *(("--map", "stars=scores.csat") * (column == "stars"))
    )
    assert f"{file}:2: `{column}` is `{cell}`, and a score of {scale}" in done.stderr
    assert done.stdout.startswith("1 taken, 0 known already, 1 refused")


def test_a_key_that_is_refused_ends_the_import_at_once(run: Run, gateway: Any, reviews: Path) -> None:
    done = run(reviews, *ALWAYS, TACTFUL_KEY=gateway.keys["ak"])
    assert (done.returncode, "wrong_key_kind" in done.stderr) == (1, True)
    assert gateway.keys["ak"] not in done.stderr
    assert run(reviews, *ALWAYS, TACTFUL_KEY="").returncode == 2
    (reviews.parent / "empty.csv").write_text("", encoding="utf-8")
    empty = run(reviews.parent / "empty.csv", *ALWAYS)
    assert (empty.returncode, "empty.csv: the file is empty" in empty.stderr) == (1, True), empty.stderr
