"""The command line beside a running gateway, each command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TACTFUL = Path(sys.executable).parent / "tactful"
RULES = """\
touchpoints: {payment: {params: {order.amount: {type: number}}}}
rules:
  any-payment: {at: payment, ask: csat}
questionnaires:
  csat: {questions: [{id: score, type: csat, text: How was paying?}]}
do_not_disturb: {}
sinks: {answers: {kind: stdout}}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_tactful(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; of the surroundings it sees nothing of ours but what is given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TACTFUL_")}
    command = [str(TACTFUL), *map(str, arguments)]
    return subprocess.run(
        command, env={**clean, **environ}, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8"
    )


@pytest.fixture
def gateway(running_gateway: Callable[..., Any]) -> Any:
    """Give a gateway that serves what is published."""
    return running_gateway(None, db="memory:", environ={})


@pytest.fixture
def run(gateway: Any) -> Run:
    """Run a command that finds the gateway and an administrator's key in its environment."""
    environ = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_ADMIN_KEY": gateway.keys["ak"]}
    return lambda *arguments, **more: run_tactful(*arguments, **{**environ, **more})


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Give a survey folder without problems."""
    folder = tmp_path / "survey"
    (folder / "more").mkdir(parents=True)
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    (folder / "more" / "owners.yml").write_text(
        "owners: {till: {title: {en: Till, zh-CN: 收银}}}\r\n", encoding="utf-8"
    )
    return folder
