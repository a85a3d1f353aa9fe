"""Whoever looks on sees how far it is; whoever does not gets none of it into a file."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import threading
from pathlib import Path

from tests.gateway.cli_remote.conftest import TACTFUL
from tests.gateway.moving.conftest import Moving

DRAWN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_a_terminal(*command: str) -> str:
    """Run a command with a terminal for its errors, and give what was drawn there."""
    ours, theirs = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 65_536):
                drawn.append(part)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run([TACTFUL, *command], stdout=subprocess.DEVNULL, stderr=theirs, env=environ, check=False)
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert done.returncode == 0, b"".join(drawn)
    return DRAWN.sub("", b"".join(drawn).decode())


def test_a_move_and_a_backup_show_how_far_they_are(file: Path, url: str, tmp_path: Path) -> None:
    copying = on_a_terminal("backup", str(tmp_path / "copy.db"), "--db", f"sqlite:///{file}")
    assert re.search(r"Copying to copy\.db .* 100%", copying), copying
    drawn = on_a_terminal("move", f"sqlite:///{file}", url)
    steps = re.findall(r"(Copying|Comparing) \S+ +(\d+)/(\d+)", drawn)
    total = steps[-1][2]
    assert steps[-1] == ("Comparing", total, total)
    assert int(total) > 0


def test_a_file_gets_no_progress_bars(file: Path, move: Moving) -> None:
    assert "\x1b" not in move().stderr
