"""What is said of a key: where it went when it was made, and why a gateway that runs may not know it yet."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from tests.gateway.cli_remote.conftest import TACTFUL, Run, run_tactful


def test_a_key_that_the_shell_takes_is_not_announced_as_shown(tmp_path: Path) -> None:
    made = run_tactful("keys", "create", "--kind", "ak", "--db", f"sqlite:///{tmp_path}/tactful.db")
    assert made.stdout.startswith("ak_")
    assert made.stderr.endswith("The key went to standard output, and is not shown again.\n")


def test_a_key_on_a_terminal_is_shown_below_what_is_said_of_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [TACTFUL, "keys", "create", "--kind", "ak", "--db", f"sqlite:///{tmp_path}/tactful.db"]
    made = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=True, text=True)
    os.close(theirs)
    assert os.read(ours, 1000).startswith(b"ak_")
    os.close(ours)
    assert made.stderr.endswith("This is the only time the key is shown:\n")


def test_who_is_refused_with_a_key_made_just_now_is_told_to_try_again(run: Run) -> None:
    refused = run("ruleset", "list", TACTFUL_ADMIN_KEY="ak_made-a-moment-ago")
    assert refused.returncode == 1
    assert "A gateway looks for new keys every 2 seconds: try again." in " ".join(refused.stderr.split())
