"""The standard output: readable for people, JSON for pipes, and never in anybody's way."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.sinks.stdout import StdoutConfig, StdoutSink, pretty
from tests.stopwatch import Stopwatch


def test_a_pretty_line_says_when_what_who_and_which() -> None:
    line = pretty(delivery(1, "too salty"), colour=False).decode()
    assert line == '09:33:20Z response.completed u-1 touchpoint=payment why="too salty"\n'


def test_an_answer_can_not_steer_the_terminal() -> None:
    line = pretty(delivery(1, "\x1b[2J\x07\r\n\u202egnp.exe"), colour=False).decode()
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert line.count("\n") == 1
    assert r"\x1b[2J\x07\r\n\u202egnp.exe" in line


def test_a_long_answer_is_cut() -> None:
    assert len(pretty(delivery(1, "x" * 10_000), colour=False)) < 300


async def test_a_terminal_gets_readable_lines_and_a_pipe_gets_json(tmp_path: Path) -> None:
    primary, terminal = os.openpty()
    for fd, check in ((terminal, b"response.completed"), (os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT), b"{")):
        sink = StdoutSink(StdoutConfig(), fd=fd)
        await sink.deliver([delivery(1)], NOW)
        await sink.close()
        source = primary if fd == terminal else fd
        if source == fd:
            os.lseek(fd, 0, os.SEEK_SET)
        assert check in os.read(source, 1000)
        os.close(fd)
    os.close(primary)


@pytest.mark.parametrize("blocking", [True, False])
async def test_a_pipe_that_nobody_reads_does_not_stop_the_loop(blocking: bool) -> None:
    read, write = os.pipe()
    os.set_blocking(write, blocking)
    sink = StdoutSink(StdoutConfig(), fd=write)
    stuck = asyncio.create_task(sink.deliver([delivery(1, "x" * 500_000)], NOW))
    with Stopwatch() as took:
        await asyncio.sleep(0.05)
    assert took.seconds < 0.5
    assert not stuck.done()
    wanted = len(delivery(1, "x" * 500_000).body) + 1
    got = b""
    while len(got) < wanted:
        got += await asyncio.to_thread(os.read, read, 1 << 16)
    await stuck
    await sink.close()
    os.close(write)
    os.close(read)
    assert msgspec.json.decode(got)["subject"] == "u-1"
