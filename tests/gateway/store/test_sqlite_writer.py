"""How the writer's transaction asks SQLite: a batch must cost the same however much is kept."""

import sqlite3
from pathlib import Path

import pytest

from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.records import DecisionKey, WakeUp
from tactful_gateway.store.sqlite_file import connect_writer
from tactful_gateway.store.sqlite_writer import MOST, load, save

SIZES = (1, 2, 3, MOST, MOST + 5)


@pytest.mark.parametrize("size", SIZES)
def test_no_statement_of_a_batch_reads_a_whole_table(tmp_path: Path, size: int) -> None:
    names = [f"n-{number}" for number in range(size)]
    decisions = frozenset(DecisionKey(name, "payment", name) for name in names)
    some = frozenset(names)
    keys = Keys(some, some, some, decisions, some, feedback=frozenset(name.encode() for name in names))
    db = connect_writer(tmp_path / "tactful.db")
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    load(db, keys)
    save(db, Changes(woken=[WakeUp("", number, name, name, "rule") for number, name in enumerate(names)]))
    db.set_trace_callback(None)
    assert sum("decision" in statement for statement in asked) >= 1
    assert sum("DELETE FROM wake_up" in statement for statement in asked) >= 1
    assert [step for statement in asked for step in _plan(db, statement) if step.startswith("SCAN ")] == []
    db.close()


def _plan(db: sqlite3.Connection, statement: str) -> list[str]:
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
