"""The help of every command: paragraphs end where the terminal does, and not where a line of the source did."""

from __future__ import annotations

from itertools import pairwise, takewhile

import pytest
from typer.testing import CliRunner

from tactful_gateway.cli.main import COMMANDS, app

WIDTH = 80


@pytest.mark.parametrize("command", [*([it] for it in COMMANDS), ["keys", "create"], ["ruleset", "rollback"]])
def test_help_is_wrapped_at_the_terminals_width(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", str(WIDTH))
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    lines = CliRunner().invoke(app, [*command, "--help"]).stdout.splitlines()
    prose = [line.strip() for line in takewhile(lambda line: not line.startswith("╭"), lines)]
    assert len(prose) > 3
    for line, following in pairwise(prose):
        if line and following:
            assert len(f" {line} {following.split()[0]} ") > WIDTH, f"{line!r} has room for {following!r}"
