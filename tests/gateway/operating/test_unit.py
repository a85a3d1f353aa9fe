"""The systemd unit: systemd understands it, it is shut in well, and it gives the gateway the time that it needs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tactful_gateway.serving.server import GRACE

UNIT = Path(__file__).parents[3] / "deploy" / "tactful.service"
DRAIN = 10
"""Seconds in which a gateway promises to end."""
WORST = 2.0
"""Of the ten points that systemd gives for what a service could do to the machine."""
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")


@pytest.fixture
def service() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys are in mixed case
    parser.read(UNIT, "utf-8")
    return parser["Service"]


def test_a_stop_waits_for_the_gateway_to_drain(service: configparser.SectionProxy) -> None:
    assert GRACE < DRAIN < int(service["TimeoutStopSec"])


def test_it_runs_what_there_is(service: configparser.SectionProxy) -> None:
    program, command, folder = service["ExecStart"].split()
    assert (Path(program).name, command, folder) == ("tactful", "serve", "/etc/tactful/survey")
    help_ = subprocess.run(
        [Path(sys.executable).with_name("tactful"), "serve", "--help"], check=True, capture_output=True
    )
    assert b"--db" in help_.stdout
    assert service["Environment"] == f"TACTFUL_DB=sqlite:////var/lib/{service['StateDirectory']}/tactful.db"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}", "a sink's relative path is writable"


@needs_systemd
def test_systemd_understands_it_and_finds_it_shut_in(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    tactful = Path(sys.executable).with_name("tactful")
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/tactful/venv/bin/tactful", str(tactful)), "utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=yes", unit]
    judged = subprocess.run(security, capture_output=True, text=True, check=False).stdout
    found = re.search(r"exposure level for tactful\.service: ([0-9.]+)", judged)
    assert found is not None, judged
    assert float(found[1]) <= WORST
