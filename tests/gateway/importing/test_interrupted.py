"""An import that somebody interrupts says how far it came and how to go on, however early that is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.eventually import eventually
from tests.gateway.cli_remote.conftest import TACTFUL
from tests.gateway.importing.conftest import HEED_SIGINT

INTERRUPTED_WHILE_LOADING = """
import sys
from importlib.abc import MetaPathFinder
class Interrupts(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "tactful_gateway.importing.run":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
from tactful_gateway.cli.main import run
sys.argv = ["tactful", "import", "reviews.csv"]
run()
"""


def opened_for_reading(pipe: Path) -> int | None:
    """Open a pipe to write into it, once somebody reads it."""
    with suppress(OSError):
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    return None


def interrupt_while_it_reads(pipe: Path, *command: str) -> tuple[int, str]:
    """Interrupt a command that waits for the first byte of a file."""
    os.mkfifo(pipe)
    running = subprocess.Popen([*HEED_SIGINT, str(TACTFUL), *command], stderr=subprocess.PIPE, text=True)
    writing = eventually(lambda: opened_for_reading(pipe))
    assert writing is not None
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    os.close(writing)
    return running.returncode, said


def test_interrupted_before_the_first_row_it_says_that_nothing_was_sent(tmp_path: Path) -> None:
    pipe = tmp_path / "reviews.csv"
    where = ("--gateway", "http://127.0.0.1:1", "--key", "sk_x")
    ended = interrupt_while_it_reads(pipe, "import", str(pipe), *where)
    assert ended == (130, "interrupted before a row was sent: run the same again to import the file\n")


def test_interrupted_while_it_is_loaded_it_says_that_nothing_was_done() -> None:
    command = [sys.executable, "-c", INTERRUPTED_WHILE_LOADING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "tactful: interrupted before anything was done\n")


def test_a_command_that_has_nothing_to_say_of_it_says_that_it_was_interrupted(tmp_path: Path) -> None:
    rules = tmp_path / "survey" / "rules.yaml"
    rules.parent.mkdir()
    rules.write_text("touchpoints: {payment: {}}", encoding="utf-8")
    pipe = tmp_path / "traffic.csv"
    assert interrupt_while_it_reads(pipe, "simulate", str(rules.parent), "--traffic", str(pipe)) == (
        130, "tactful: interrupted\n",
    )  # fmt: skip
