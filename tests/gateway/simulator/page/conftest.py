"""Fixtures of the page's tests: pages that `tactful simulate --html` wrote, and a browser to look at them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser

from tests.chromium import opened_browser
from tests.gateway.simulator.conftest import SURVEY

TACTFUL = str(Path(sys.executable).parent / "tactful")
Write: TypeAlias = Callable[..., Path]
LOOSE = SURVEY.replace("at_least: 30", "at_least: 10").replace("per: 7d", "per: 2d")
TRAFFIC = "at,person,order.amount,order.items\n" + "".join(
    f"2026-0{1 + number % 3}-{1 + number % 28:02},u{number % 150},{number % 53},{'x' if number % 9 == 0 else number}\n"
    for number in range(300)
)


@pytest.fixture
def write(tmp_path: Path, survey: Path) -> Write:
    """Write a page: `write()` for one folder, `write(against=True)` for a comparison; more arguments are options."""

    def run(*options: str, against: bool = False, traffic: str = TRAFFIC) -> Path:
        page = tmp_path / "report.html"
        if against:
            before = tmp_path / "before"
            before.mkdir(exist_ok=True)
            (before / "all.yaml").write_text(SURVEY)
            (survey / "all.yaml").write_text(LOOSE)
            options = (*options, "--against", str(before))
        (tmp_path / "visits.csv").write_text(traffic)
        command = [TACTFUL, "simulate", str(survey), "--traffic", str(tmp_path / "visits.csv")]
        command += ["--touchpoint", "payment", "--html", str(page), *options]
        # In a process of its own: where a browser is open, Playwright's loop runs in this thread.
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return page

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser
