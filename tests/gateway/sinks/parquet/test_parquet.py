"""Parquet files as DuckDB reads them, while they grow, after crashes and under other people's hands."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, SinkContract, deliver_all, deliver_to, delivery
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.sinks.parquet.config import ParquetConfig
from tactful_gateway.sinks.parquet.sink import ParquetSink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import DAY
from tests.gateway.sinks.shapes.story import journal

DAY_FOLDER = "day=2026-11-22"
WRITER = """
import asyncio, sys
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.sinks.parquet.config import ParquetConfig
from tactful_gateway.sinks.parquet.sink import ParquetSink

async def main():
    sink = ParquetSink(ParquetConfig(path=sys.argv[1], rows=50))
    await sink.open()
    seq = int(sys.argv[2])
    while True:
        batch = [delivery(seq + step, "x" * 2000) for step in range(20)]
        await sink.deliver(batch, NOW)
        seq += len(batch)
        print(seq, flush=True)

asyncio.run(main())
"""


def read(folder: Path, what: str = "*") -> list[tuple[Any, ...]]:
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    return duckdb.connect().sql(f"select {what} from {source} order by id").fetchall()


def parts(folder: Path, day: str = DAY_FOLDER) -> list[Path]:
    return sorted((folder / day).iterdir())


def seqs(folder: Path) -> list[int]:
    return [int(event_id[-12:]) for (event_id,) in read(folder, "id")]


def parquet(folder: Path, **options: Any) -> ParquetSink:
    return ParquetSink(ParquetConfig(path=str(folder), **options))


class ParquetHarness:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "not" / "there yet"

    def sink(self) -> Sink:
        return build(SinkConfig(id="lake", kind="parquet", options={"path": str(self.folder)}), SystemClock())

    async def received(self) -> list[bytes]:
        if not list(self.folder.rglob("*.parquet")):
            return []
        return [event.encode() for (event,) in read(self.folder, "event")]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        """Let the system refuse files of more than ten bytes, as a full disk would."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestParquet(SinkContract):
    kind = "parquet"

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ParquetHarness:
        return ParquetHarness(tmp_path)


async def test_rows_are_partitioned_by_the_day_of_the_event(tmp_path: Path) -> None:
    late, early = replace(delivery(1), at=NOW - NOW % DAY - 1), replace(delivery(2), at=NOW - NOW % DAY)
    await deliver_all(parquet(tmp_path), [late, early, delivery(3)])
    assert [(str(day), count) for day, count in read(tmp_path, "day, count(*) over (partition by day) as n")] == [
        ("2026-11-21", 1), ("2026-11-22", 2), ("2026-11-22", 2),
    ]  # fmt: skip
    ((moment,),) = set(read(tmp_path, "epoch_ms(time)")[1:2])
    assert moment == early.at


async def test_many_small_batches_share_a_file_until_it_is_full(tmp_path: Path) -> None:
    sink = parquet(tmp_path, rows=10)
    await sink.open()
    for seq in range(1, 26):
        await sink.deliver([delivery(seq)], NOW)
    await sink.close()
    names = [path.name for path in parts(tmp_path)]
    assert names == [f"part-{delivery(seq).id}.parquet" for seq in (1, 11, 21)]
    assert seqs(tmp_path) == list(range(1, 26))


async def test_big_events_fill_a_file_before_its_rows_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tactful_gateway.sinks.parquet.sink.BYTES", 100_000)
    sink = parquet(tmp_path)
    await sink.open()
    for seq in range(1, 5):
        await sink.deliver([delivery(seq, "x" * 60_000)], NOW)
    await sink.close()
    assert len(parts(tmp_path)) == 2


@pytest.mark.parametrize("rows", [3, 4, 100])
async def test_a_batch_that_arrived_but_was_not_acknowledged_is_not_doubled(tmp_path: Path, rows: int) -> None:
    batch = [delivery(seq) for seq in range(1, 4)]
    await deliver_all(parquet(tmp_path, rows=rows), batch)
    more = [replace(delivery(seq), at=NOW + DAY) for seq in range(5, 7)]
    await deliver_all(parquet(tmp_path, rows=rows), [*batch, delivery(4), *more])
    await deliver_all(
        parquet(tmp_path, rows=rows), [*batch[2:], delivery(4), *more] if rows > 3 else [delivery(4), *more]
    )
    assert seqs(tmp_path) == [1, 2, 3, 4, 5, 6]


async def test_an_event_that_comes_twice_in_a_batch_is_one_row(tmp_path: Path) -> None:
    await deliver_all(parquet(tmp_path), [delivery(1), delivery(1), delivery(2)])
    assert seqs(tmp_path) == [1, 2]


def test_a_killed_writer_loses_and_doubles_nothing(tmp_path: Path) -> None:
    acknowledged = 1
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(acknowledged)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
    found = seqs(tmp_path)
    assert found == list(range(1, found[-1] + 1))
    assert acknowledged <= found[-1] + 1


async def test_what_a_crash_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    await deliver_all(parquet(tmp_path), [delivery(1)])
    (tmp_path / DAY_FOLDER / ".part-x.parquet.tmp").write_bytes(b"half")
    await deliver_all(parquet(tmp_path), [delivery(2)])
    assert [path.name for path in parts(tmp_path)] == [f"part-{delivery(1).id}.parquet"]
    assert seqs(tmp_path) == [1, 2]


@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing more", b"a note"])
async def test_a_file_that_is_none_of_ours_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    foreign = tmp_path / DAY_FOLDER / "part-theirs.parquet"
    foreign.parent.mkdir()
    foreign.write_bytes(content)
    await deliver_all(parquet(tmp_path), [delivery(1)])
    assert foreign.read_bytes() == content
    foreign.unlink()
    assert seqs(tmp_path) == [1]


async def test_rows_that_somebody_took_out_stay_out(tmp_path: Path) -> None:
    sink = parquet(tmp_path)
    await deliver_to(sink, [delivery(1), delivery(2)])
    (file,) = parts(tmp_path)
    kept = pq.read_table(file, partitioning=None, filters=[("id", "!=", delivery(1).id)])
    pq.write_table(kept, file)
    await sink.deliver([delivery(3)], NOW)
    assert seqs(tmp_path) == [2, 3]
    file.unlink()
    await sink.deliver([delivery(4)], NOW)
    await sink.close()
    assert seqs(tmp_path) == [4]


async def test_a_replay_adds_a_file_and_writes_over_none(tmp_path: Path) -> None:
    for first in (1, 3, 1):
        await deliver_all(parquet(tmp_path, rows=2), [delivery(first), delivery(first + 1)])
    assert seqs(tmp_path) == [1, 1, 2, 2, 3, 4]
    ((distinct,),) = read(tmp_path, "count(distinct id) over ()")[:1]
    assert distinct == 4


async def test_a_question_that_is_added_later_is_null_for_the_answers_before(tmp_path: Path) -> None:
    told = await journal()
    options = {"path": str(tmp_path)}
    sink = build(SinkConfig(id="lake", kind="parquet", shape="flat", options=options), SystemClock())
    await deliver_to(sink, [told["response.updated"]])
    await sink.deliver([told["response.completed"], told["feedback.received"]], NOW)
    await sink.close()
    assert len(parts(tmp_path)) == 1
    columns = "score_score, score_ease, choices_how, other_how, choice_seat, complete, seconds_to_complete, csat"
    assert read(tmp_path, columns) == [
        (9, None, None, None, None, False, None, None),
        (9, 6, ["card", "other"], "by phone", "other", True, 5.0, None),
        (None, None, None, None, None, True, None, 4.5),
    ]
    assert read(tmp_path, "source, number_stars, flag_again, choices_tags, number_big")[-1] == (
        "app-store", 4.5, True, ["app", "7"], float(2**60),
    )  # fmt: skip
    assert read(tmp_path, "typeof(csat), typeof(answered_at), typeof(choices_how), typeof(completed_at)")[0] == (
        "DOUBLE", "TIMESTAMP WITH TIME ZONE", "VARCHAR[]", "TIMESTAMP WITH TIME ZONE",
    )  # fmt: skip


async def test_files_with_and_without_a_question_are_read_together(tmp_path: Path) -> None:
    told = await journal()
    options = {"path": str(tmp_path), "rows": 1}
    sink = build(SinkConfig(id="lake", kind="parquet", shape="flat", options=options), SystemClock())
    await deliver_to(sink, [told["response.completed"]])
    await sink.deliver([told["response.updated"]], NOW)
    await sink.close()
    assert len(parts(tmp_path)) == 2
    assert read(tmp_path, "text_why") == [(None,), ("=1+1, they said",)]


async def test_another_shape_begins_another_file(tmp_path: Path) -> None:
    completed = (await journal())["response.completed"]
    for shape in ("cloudevents", "flat"):
        config = SinkConfig(id="lake", kind="parquet", shape=shape, options={"path": str(tmp_path)})
        await deliver_all(build(config, SystemClock()), [completed])
    assert len(parts(tmp_path)) == 2
    assert sorted(read(tmp_path, "event is null, complete")) == [(False, None), (True, True)]


async def test_an_event_that_does_not_fit_its_columns_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    body = msgspec.json.encode({"id": "x", "score_how": "a text", "nobody_knows": 1})
    sink = parquet(tmp_path, shape="flat")
    with pytest.raises(PermanentError, match="does not fit its columns"):
        await deliver_to(sink, [Delivery(1, "x", "tactful.response.completed", "u-1", NOW, body)])
    await sink.close()
    assert not (tmp_path / DAY_FOLDER).exists() or parts(tmp_path) == []


async def test_a_folder_that_is_a_file_is_a_failure_that_passes(tmp_path: Path) -> None:
    path = tmp_path / "lake"
    path.write_text("")
    sink = parquet(path)
    with pytest.raises(TransientError, match="File exists"):
        await sink.open()
    path.unlink()
    await deliver_all(sink, [delivery(1)])
    assert seqs(path) == [1]


async def test_a_trickle_rests_between_its_files_and_a_full_batch_does_not(tmp_path: Path) -> None:
    sink = parquet(tmp_path)
    await sink.open()
    full = [delivery(seq) for seq in range(1, sink.batch + 1)]
    began = time.monotonic()
    await sink.deliver(full, NOW)
    wrote = time.monotonic() - began
    await sink.deliver([replace(one, id=f"{one.id}-2") for one in full], NOW)
    unrested = time.monotonic() - began
    await sink.deliver([delivery(9_000)], NOW)
    rested = time.monotonic() - began - unrested
    await sink.close()
    assert rested > 5 * (unrested - wrote)
    assert [path.name for path in tmp_path.iterdir()] == [DAY_FOLDER]
