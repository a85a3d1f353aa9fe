"""The CI job of the page on publishing does what it says, step by step, against a running gateway."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.docs.blocks import read_blocks

ROOT = Path(__file__).parents[2]


def test_the_ci_job_checks_at_a_pull_request_and_publishes_at_a_push(
    running_gateway: Callable[..., Any], tmp_path: Path
) -> None:
    gateway = running_gateway(None, db="memory:", environ={})
    (job,) = _jobs()
    here = {"TACTFUL_GATEWAY": gateway.url, "TACTFUL_ADMIN_KEY": gateway.keys["ak"], "GITHUB_SHA": "0d1cf02"}
    assert set(job["env"]) <= set(here)
    (tmp_path / "survey").mkdir()
    readme = next(block for block in read_blocks(ROOT / "README.md") if block.words[:1] == ("survey/payment.yaml",))
    (tmp_path / "survey" / "payment.yaml").write_text(
        readme.body.replace("answers.jsonl", str(tmp_path / "answers.jsonl")), encoding="utf-8"
    )
    steps = [step for step in job["steps"] if "tactful " in step.get("run", "")]
    assert [step.get("if") for step in steps] == [None, "github.event_name == 'push'"]
    _run(steps[0]["run"], tmp_path, here)
    assert httpx.get(f"{gateway.url}/readyz").json()["version"] is None
    _run(steps[1]["run"], tmp_path, here)
    headers = {"authorization": f"Bearer {gateway.keys['ak']}"}
    (version,) = httpx.get(f"{gateway.url}/v1/ruleset/versions", headers=headers).json()["versions"]
    assert version["message"] == "0d1cf02"


def _jobs() -> list[dict[str, Any]]:
    blocks = [block for block in read_blocks(ROOT / "docs" / "gateway.md") if block.body.startswith("name: survey\n")]
    return [job for block in blocks for job in yaml.safe_load(block.body)["jobs"].values()]


def _run(command: str, folder: Path, environ: dict[str, str]) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, **environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
