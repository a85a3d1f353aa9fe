"""Files that grow while somebody reads them: what is in one stays where it is, and an older footer still finds it."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, deliver_all, deliver_to, delivery
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.parquet.config import ParquetConfig
from tactful_gateway.sinks.parquet.part import GROUPS
from tactful_gateway.sinks.parquet.sink import ParquetSink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.gateway.sinks.shapes.story import journal


@pytest.fixture(autouse=True)
def unrested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small batches follow each other at once."""
    monkeypatch.setattr("tactful_gateway.sinks.parquet.sink.REST", 0)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


def seqs(folder: Path) -> list[int]:
    rows = duckdb.connect().sql(f"select id from '{folder}/**/*.parquet'").fetchall()
    return sorted(int(event_id[-12:]) for (event_id,) in rows)


def groups(file: Path) -> int:
    return int(pq.read_metadata(file).num_row_groups)


def batch(first: int, size: int) -> list[Delivery]:
    return [delivery(seq, f"answer {seq}") for seq in range(first, first + size)]


def read_by(footer: pq.FileMetaData, file: Path) -> pa.Table:
    """Read as DuckDB does: the rows by another opening of the file than the footer."""
    with pq.ParquetFile(file, metadata=footer) as opened:
        return opened.read()


@pytest.mark.parametrize("shape", ["cloudevents", "flat"])
async def test_whoever_read_the_end_of_a_file_finds_its_rows_after_it_has_grown(tmp_path: Path, shape: str) -> None:
    completed = (await journal())["response.completed"]
    many = [
        replace(completed, id=name, body=completed.body.replace(completed.id.encode(), name.encode()))
        for name in (f"event-{number}" for number in range(200))
    ]
    sink = build(SinkConfig(id="lake", kind="parquet", shape=shape, options={"path": str(tmp_path)}), SystemClock())
    await deliver_to(sink, many[:40])
    (file,) = files(tmp_path)
    seen = []
    for first in range(40, 200, 40):
        seen.append((pq.read_metadata(file), pq.ParquetFile(file).read()))
        await sink.deliver(many[first : first + 40], NOW)
    await sink.close()
    assert files(tmp_path) == [file]
    assert [len(table) for _, table in seen] == [40, 80, 120, 160]
    for footer, table in seen:
        assert read_by(footer, file).equals(table)
    assert duckdb.connect().sql(f"select id from '{file}'").fetchall() == [(one.id,) for one in many]


async def test_a_batch_without_some_of_the_columns_leaves_the_rows_where_they_are(tmp_path: Path) -> None:
    told = await journal()
    config = SinkConfig(id="lake", kind="parquet", shape="flat", options={"path": str(tmp_path)})
    await deliver_all(build(config, SystemClock()), [told["response.completed"]])
    (file,) = files(tmp_path)
    footer, table = pq.read_metadata(file), pq.ParquetFile(file).read()
    assert "text_why" in table.column_names
    await deliver_all(build(config, SystemClock()), [told["response.updated"]])  # where nobody had said why yet
    assert read_by(footer, file).equals(table)
    assert duckdb.connect().sql(f"select text_why from '{file}'").fetchall() == [("=1+1, they said",), (None,)]


async def test_small_batches_are_one_row_group_again_before_they_are_too_many(tmp_path: Path) -> None:
    sink = ParquetSink(ParquetConfig(path=str(tmp_path)))
    await deliver_to(sink, [delivery(1)])
    (file,) = files(tmp_path)
    found = [groups(file)]
    for seq in range(2, GROUPS + 3):
        await sink.deliver([delivery(seq)], NOW)
        found.append(groups(file))
    await sink.close()
    assert found == [*range(1, GROUPS + 1), 1, 2]
    assert seqs(tmp_path) == list(range(1, GROUPS + 3))


async def test_many_batches_in_a_row_begin_the_next_file_and_write_none_anew(tmp_path: Path) -> None:
    size, many = 4, GROUPS + 10
    sink = ParquetSink(ParquetConfig(path=str(tmp_path), rows=4 * size * GROUPS))
    await sink.open()
    footers: dict[Path, pq.FileMetaData] = {}
    for number in range(many):
        await sink.deliver(batch(1 + number * size, size), NOW)
        for file, footer in footers.items():
            assert len(read_by(footer, file)) == footer.num_rows
        footers = {file: pq.read_metadata(file) for file in files(tmp_path)}
    await sink.close()
    assert [groups(file) for file in files(tmp_path)] == [GROUPS, 10]
    assert seqs(tmp_path) == list(range(1, size * many + 1))


async def test_a_file_that_another_tool_wrote_in_another_way_is_written_anew(tmp_path: Path) -> None:
    completed = (await journal())["response.completed"]
    config = SinkConfig(id="lake", kind="parquet", shape="flat", options={"path": str(tmp_path)})
    await deliver_all(build(config, SystemClock()), [completed])
    (file,) = files(tmp_path)
    table = pq.ParquetFile(file).read()
    items = [pa.list_(pa.string()) if pa.types.is_list(field.type) else field.type for field in table.schema]
    fields = [field.with_type(kind) for field, kind in zip(table.schema, items, strict=True)]
    pq.write_table(  # as PyArrow did before version 4
        table.cast(pa.schema(fields, table.schema.metadata)), file, use_compliant_nested_type=False
    )
    body = completed.body.replace(completed.id.encode(), b"another")
    await deliver_all(build(config, SystemClock()), [replace(completed, id="another", body=body)])
    assert duckdb.connect().sql(f"select id, choices_how from '{file}'").fetchall() == [
        (completed.id, ["card", "other"]), ("another", ["card", "other"]),
    ]  # fmt: skip


@pytest.mark.parametrize("place", [0.3, 1], ids=["its rows", "its end"])
async def test_events_are_not_to_blame_for_a_damaged_file_which_is_left_alone(tmp_path: Path, place: float) -> None:
    sink = ParquetSink(ParquetConfig(path=str(tmp_path)))
    await sink.open()
    for number in range(GROUPS):
        await sink.deliver(batch(1 + number * 20, 20), NOW)
    (file,) = files(tmp_path)
    damage(file, place)
    broken, more = file.read_bytes(), batch(1 + GROUPS * 20, 20)
    with pytest.raises(TransientError):
        await sink.deliver(more, NOW)
    await sink.deliver(more, NOW)
    await sink.close()
    assert file.read_bytes() == broken
    file.unlink()
    assert seqs(tmp_path) == [1 + GROUPS * 20 + number for number in range(20)]


def damage(file: Path, place: float) -> None:
    """Write zeros over a part of a file, as a failing disk does: its times stay."""
    content, found = bytearray(file.read_bytes()), file.stat()
    start = int(place * (len(content) - 400))
    content[start : start + 400] = bytes(400)
    file.write_bytes(content)
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
