"""The real `tactful serve` in a process of its own, as whoever runs it would start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.eventually import PATIENCE

SURVEY = """
touchpoints:
  payment: {}
rules:
  any-payment: {at: payment, ask: payment-csat}
questionnaires:
  payment-csat:
    questions:
      - {id: score, type: csat, text: How was paying today?}
do_not_disturb: {}
"""


@dataclass
class Served:
    """One `tactful serve` process; `lines` is what it printed so far, `log` what it logged.

    `prelude` is Python that its interpreter runs before, e.g. to turn the machine's clock.
    """

    folder: Path | None
    db: Path
    arguments: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    prelude: str = ""
    url: str = ""
    lines: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start the process and wait until it listens or ends."""
        self.launch()
        assert self._listening.wait(PATIENCE), self.log

    def launch(self) -> None:
        """Start the process, and wait for nothing."""
        folder = [] if self.folder is None else [str(self.folder)]
        command = [sys.executable, "-c", f"{self.prelude}\nfrom tactful_gateway.cli.main import run; run()"]
        self.process = subprocess.Popen(
            [*command, "serve", *folder, "--port", "0", "--db", f"sqlite:///{self.db}", *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environ},
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._listening = threading.Event()
        self.lines.clear()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.log)),
        ]
        for reader in self._readers:
            reader.start()

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for the end and give the exit code."""
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def kill(self) -> None:
        """End the process as a power switch would."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def _read(self, stream: object, lines: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]  # a text stream
            lines.append(line.rstrip("\n"))
            found = re.match(r'\{"url": "(http://[^"]+)".*"event": "started"', line)
            if found:
                self.url = found[1]
                self._listening.set()
        if lines is self.log:
            self._listening.set()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Give a function that runs `tactful serve` on a survey's text; what still runs at the end is killed.

    With None for the text it serves what is published.
    """
    started: list[Served] = []

    def start(
        survey: str | None = SURVEY,
        *,
        arguments: tuple[str, ...] = (),
        db: Path | None = None,
        prelude: str = "",
        **environ: str,
    ) -> Served:
        folder = None if survey is None else tmp_path / "survey"
        if folder is not None and survey is not None:
            folder.mkdir(exist_ok=True)
            (folder / "survey.yaml").write_text(survey, "utf-8")
        served = Served(folder, db or tmp_path / "tactful.db", arguments, environ, prelude)
        started.append(served)
        served.start()
        return served

    yield start
    for served in started:
        if served.process.returncode is None:
            served.kill()
