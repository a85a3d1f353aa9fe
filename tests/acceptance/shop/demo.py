"""Runs the real `tactful demo` in a process of its own, as somebody in a terminal would."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 30
TACTFUL = Path(sys.executable).parent / "tactful"


@dataclass(frozen=True)
class Demo:
    """A running demo: where its page is, and where its answers go."""

    url: str
    data: Path
    process: subprocess.Popen[str]

    def answers(self) -> list[dict[str, Any]]:
        """Give the events in the JSON Lines file so far."""
        file = self.data / "answers.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def wait_for_answers(self, number: int, seconds: float = 10) -> list[dict[str, Any]]:
        """Give the events once there are `number` of them."""
        deadline = time.monotonic() + seconds
        while len(found := self.answers()) < number:
            assert time.monotonic() < deadline, f"{len(found)} answers instead of {number}"
            time.sleep(0.05)
        return found

    def wait_for_print(self, text: str, seconds: float = 10) -> None:
        """Wait until it printed a text."""
        deadline = time.monotonic() + seconds
        while text not in (printed := self.data.with_suffix(".log").read_text("utf-8")):
            assert time.monotonic() < deadline, printed
            time.sleep(0.05)


@contextmanager
def running_demo(data: Path, *options: str, environ: Mapping[str, str] = os.environ) -> Iterator[Demo]:
    """Start `tactful demo` on free ports, give it once its page is announced, and end it as Ctrl-C does."""
    command = [str(TACTFUL), "demo", "--port", "0", "--data", str(data), *options]
    log = data.with_suffix(".log")
    with log.open("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True, env=environ)
        try:
            yield Demo(_announced(log, process), data, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(15)


def _announced(log: Path, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if found := re.search(r"Open this: (http://\S+)", log.read_text("utf-8")):
            return found[1]
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, "the demo did not start"
        time.sleep(0.05)
