"""The JSON Lines file under crashes, rotation and other people's hands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tactful_gateway.contracts.sink import NOW, deliver_to, delivery
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.sinks.jsonl.config import JsonlConfig, Rotate, read_size
from tactful_gateway.sinks.jsonl.sink import JsonlSink
from tactful_rules.model.ids import DAY

WRITER = """
import asyncio, sys
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.sinks.jsonl.config import JsonlConfig
from tactful_gateway.sinks.jsonl.sink import JsonlSink

async def main():
    sink = JsonlSink(JsonlConfig(path=sys.argv[1]))
    await sink.open()
    seq = int(sys.argv[2])
    while True:
        batch = [delivery(seq + step, "x" * 2000) for step in range(20)]
        await sink.deliver(batch, NOW)
        seq += len(batch)
        print(seq, flush=True)

asyncio.run(main())
"""


def seqs(path: Path) -> list[int]:
    return [int(msgspec.json.decode(line)["id"][-12:]) for line in path.read_bytes().splitlines()]


def rotated(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != "a.jsonl")


@pytest.mark.parametrize(
    "content",
    [b"SQLite format 3\0 \n and \0 more", b"SQLite format 3\0", b"4711", bytes(range(128, 160)), b"a note\n", b"1\n{"],
)
async def test_a_file_that_holds_something_else_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tactful.db"
    path.write_bytes(content)
    sink = JsonlSink(JsonlConfig(path=str(path)))
    with pytest.raises(TransientError, match="something else than events"):
        await sink.open()
    with pytest.raises(TransientError, match="something else than events"):
        await sink.deliver([delivery(1)], NOW)
    await sink.close()
    assert path.read_bytes() == content


async def test_a_torn_last_line_is_cut_off_at_open(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(delivery(1).body + b"\n" + delivery(2).body[:50])
    sink = JsonlSink(JsonlConfig(path=str(path)))
    await deliver_to(sink, [delivery(2), delivery(3)])
    await sink.close()
    assert seqs(path) == [1, 2, 3]


async def test_a_last_line_that_lacks_only_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(delivery(1).body)
    sink = JsonlSink(JsonlConfig(path=str(path)))
    await deliver_to(sink, [delivery(2)])
    await sink.close()
    assert seqs(path) == [1, 2]


async def test_a_torn_line_longer_than_any_buffer_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(delivery(1).body + b"\n" + delivery(2, "y" * 200_000).body[:-3])
    sink = JsonlSink(JsonlConfig(path=str(path)))
    await deliver_to(sink, [delivery(2)])
    await sink.close()
    assert seqs(path) == [1, 2]


async def test_a_file_that_is_one_torn_line_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "01')
    sink = JsonlSink(JsonlConfig(path=str(path)))
    await deliver_to(sink, [delivery(1)])
    await sink.close()
    assert seqs(path) == [1]


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    acknowledged = 1
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(acknowledged)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
    whole = path.read_bytes().rpartition(b"\n")[0]
    found = {int(msgspec.json.decode(line)["id"][-12:]) for line in whole.splitlines()}
    assert set(range(1, acknowledged)) <= found


async def test_a_file_is_rotated_before_it_outgrows_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = len(delivery(1).body) + 1
    sink = JsonlSink(JsonlConfig(path=str(path), rotate=Rotate(size=f"{line * 3} B")))
    await deliver_to(sink, [delivery(seq) for seq in range(1, 9)])
    await sink.close()
    old = rotated(tmp_path)
    assert [seqs(file) for file in old] == [[1, 2, 3], [4, 5, 6]]
    assert [file.name for file in old] == ["a-20261122T093320Z.jsonl", "a-20261122T093320Z_002.jsonl"]
    assert seqs(path) == [7, 8]


async def test_a_line_bigger_than_the_size_has_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sink = JsonlSink(JsonlConfig(path=str(path), rotate=Rotate(size="1 kB")))
    await deliver_to(sink, [delivery(1), delivery(2, "z" * 5000), delivery(3)])
    await sink.close()
    assert sorted(seqs(file) for file in tmp_path.iterdir()) == [[1], [2], [3]]


async def test_a_file_rotated_for_its_size_belongs_to_the_same_day(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = len(delivery(1).body) + 1
    sink = JsonlSink(JsonlConfig(path=str(path), rotate=Rotate(size=f"{line * 3} B", every="day")))
    await sink.open()
    for seq in range(1, 9):
        await sink.deliver([delivery(seq)], NOW + 400 * DAY + seq)
    await sink.close()
    assert [seqs(file) for file in rotated(tmp_path)] == [[1, 2, 3], [4, 5, 6]]


async def test_a_new_day_begins_a_new_file_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    config = JsonlConfig(path=str(path), rotate=Rotate(every="day"))
    sink = JsonlSink(config)
    await sink.open()
    await sink.deliver([delivery(1)], NOW)
    await sink.deliver([delivery(2)], NOW)
    assert not rotated(tmp_path)
    await sink.close()
    os.utime(path, (NOW / 1000, NOW / 1000))
    again = JsonlSink(config)
    await again.open()
    await again.deliver([delivery(3)], NOW + DAY)
    await again.deliver([delivery(4)], NOW + 2 * DAY)
    await again.close()
    assert [seqs(file) for file in rotated(tmp_path)] == [[1, 2], [3]]
    assert seqs(path) == [4]


async def test_a_file_moved_away_by_logrotate_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sink = JsonlSink(JsonlConfig(path=str(path)))
    await deliver_to(sink, [delivery(1)])
    path.rename(tmp_path / "a.jsonl.1")
    await sink.deliver([delivery(2)], NOW)
    (tmp_path / "a.jsonl").unlink()
    await sink.deliver([delivery(3)], NOW)
    await sink.close()
    assert seqs(tmp_path / "a.jsonl.1") == [1]
    assert seqs(path) == [3]


async def test_a_path_that_is_a_folder_is_a_failure_that_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.mkdir()
    sink = JsonlSink(JsonlConfig(path=str(path)))
    with pytest.raises(TransientError, match="Is a directory"):
        await sink.open()
    path.rmdir()
    await deliver_to(sink, [delivery(1)])
    await sink.close()
    assert seqs(path) == [1]


def test_sizes_are_read_with_their_units() -> None:
    assert [read_size(text) for text in ("100MB", "2 GB", "10kB", "5B")] == [100_000_000, 2_000_000_000, 10_000, 5]
    assert [read_size(text) for text in ("", "0MB", "-1MB", "1.5MB", "100", "MB", "1TB")] == [None] * 7
