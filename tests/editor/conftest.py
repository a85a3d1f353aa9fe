"""Fixtures of the editor's tests: a survey folder as `tactful init` makes it, open in the real language server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import app
from tests.editor.server import HERE, LanguageServer
from tests.npm import install


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editor") / "survey"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def server(survey: Path) -> Iterator[LanguageServer]:
    install(HERE)
    with LanguageServer(survey) as running:
        yield running
