"""Runs the real `tactful demo` in a process of its own, as somebody in a terminal would."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.eventually import eventually

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

    def wait_for_answers(self, number: int) -> list[dict[str, Any]]:
        """Give the events once there are `number` of them."""
        eventually(lambda: len(self.answers()) >= number, otherwise=self.answers)
        return self.answers()

    def wait_for_print(self, text: str) -> None:
        """Wait until it printed a text."""
        eventually(lambda: text in self.printed(), otherwise=self.printed)

    def printed(self) -> str:
        """Give what it printed so far."""
        return self.data.with_suffix(".log").read_text("utf-8")


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
                process.wait(60)


def _announced(log: Path, process: subprocess.Popen[str]) -> str:
    def url() -> str | None:
        found = re.search(r"Open this: (http://\S+)", log.read_text("utf-8"))
        return found and found[1]

    eventually(lambda: process.poll() is not None or url(), otherwise="the demo did not start")
    announced = url()
    assert announced is not None, log.read_text("utf-8")
    return announced
