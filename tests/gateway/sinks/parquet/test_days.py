"""In which day's folder an event is: feedback where it was given, however late it came, all else where it happened."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, deliver_all, deliver_to, delivery
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.parquet.config import ParquetConfig
from tactful_gateway.sinks.parquet.sink import ParquetSink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import rfc3339
from tests.gateway.sinks.shapes.story import journal

TODAY = "2026-11-22"


async def feedback(answered_at: str, number: int = 0) -> Delivery:
    """Give what the real ledger journalled of feedback, as if it had been given at another time."""
    told = (await journal())["feedback.received"]
    before = f'"answered_at":"{rfc3339(NOW)}"'.encode()
    assert before in told.body
    event_id = f"{told.id}-{number}"
    body = told.body.replace(before, f'"answered_at":"{answered_at}"'.encode()).replace(
        f'"id":"{told.id}"'.encode(), f'"id":"{event_id}"'.encode()
    )
    return replace(told, id=event_id, body=body)


def by_day(folder: Path) -> dict[str, int]:
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    found = duckdb.connect().sql(f"select day::varchar, count(*) from {source} group by all").fetchall()
    return dict(found)


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


@pytest.mark.parametrize("shape", ["cloudevents", "flat"])
async def test_imported_feedback_is_in_the_day_it_was_given_on(tmp_path: Path, shape: str) -> None:
    told = await journal()
    given = [await feedback(at, number) for number, at in enumerate(("2019-03-01T23:59:59.999Z", rfc3339(NOW)))]
    sink = build(SinkConfig(id="lake", kind="parquet", shape=shape, options={"path": str(tmp_path)}), SystemClock())
    await deliver_all(sink, [told["response.completed"], *given])
    assert by_day(tmp_path) == {"2019-03-01": 1, TODAY: 2}


async def test_events_that_say_no_other_time_are_in_the_day_of_their_own(tmp_path: Path) -> None:
    emptied = replace(delivery(2), type="tactful.feedback.received", body=b'{"id":"x","data":{}}')
    late = replace(await feedback("2019-03-01T12:00:00.000Z"), type="tactful.response.completed")
    await deliver_all(ParquetSink(ParquetConfig(path=str(tmp_path))), [delivery(1), emptied, late])
    assert by_day(tmp_path) == {TODAY: 3}


async def test_many_days_at_once_are_told_once_each_and_leave_no_file_open(tmp_path: Path) -> None:
    first = date(1970, 1, 1)
    batch = [
        await feedback(f"{first + timedelta(days=100 * number)}T12:00:00.000Z", number % 90) for number in range(90)
    ]
    sink = ParquetSink(ParquetConfig(path=str(tmp_path)))
    files = open_files()
    for _ in range(2):  # as after a crash between writing and the cursor
        await deliver_to(sink, batch)
        assert open_files() == files
    await sink.close()
    found = by_day(tmp_path)
    assert (len(found), set(found.values())) == (90, {1})
