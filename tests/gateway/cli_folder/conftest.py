from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tactful_gateway.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command line with these arguments."""
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def survey(tmp_path: Path, run: Run) -> Path:
    """Give a survey folder as `tactful init` makes it."""
    folder = tmp_path / "survey"
    assert run("init", folder).exit_code == 0
    return folder
