"""In a host's process our log lines go through its own `logging`, whatever their keys are called."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import logging, structlog
from tactful_gateway.logs import log_to_stdlib

logging.basicConfig(format="%(message)s %(name_)s %(name)s")
log_to_stdlib()
structlog.get_logger().warning("key_refused", name="web", args=1, message="hello", exc_text="")
"""


def test_a_key_that_logging_keeps_for_itself_is_told_under_another_name() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "key_refused web tactful\n")
