"""Nothing that is printed quotes what stands in sinks and channels or in the environment, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tactful_gateway.activation import NotReadyError, prepare
from tactful_gateway.cli.main import app
from tactful_gateway.clock import SystemClock
from tactful_gateway.survey import read_survey
from tests.gateway.survey.complete import COMPLETE, write

SECRET = "s3cr3t-TOKEN-42"
NUMBER = "424242421234"
HOLE = "HOLE"
MISTAKES = {
    "a text": f'"{SECRET}"',
    "a plain text": SECRET,
    "a number": NUMBER,
    "a URL": f'"https://user:{SECRET}@example.com/{SECRET}?k={SECRET}"',
    "no URL": f'"://{SECRET}:{SECRET}"',
    "a list": f'["{SECRET}", {NUMBER}]',
    "a map": f'{{a: "{SECRET}"}}',
    "a key": f'{{"https://user:{SECRET}@example.com": 1}}',
    "a list of maps": f'[{{a: ["{SECRET}"]}}]',
    "an open quote": f'"{SECRET}',
    "an open bracket": f"[{SECRET}",
    "an open brace": f"{{{SECRET}",
    "a colon": f"{SECRET}: x: y",
    "an alias": f"*{SECRET}",
    "an anchor": f"&{SECRET} *{SECRET}",
    "a tag": f"!{SECRET} x",
    "a known tag": f"!!int {SECRET}",
    "an at sign": f"@{SECRET}",
    "a percent sign": f"%{SECRET}",
    "a tab": f"\t{SECRET}",
    "half a variable": f'"${{{SECRET}"',
    "no variable": f'"x${{{SECRET}}}y"',
    "a variable and more": f'"${{HOST}}{SECRET}"',
    "a plain variable": f"${{{SECRET}}}",
    "an escape": f'"\\q{SECRET}"',
    "many lines": f'"{SECRET}\n  {SECRET}"',
    "a block": f"|\n        {SECRET}\n  {SECRET}",
    "a merge": f"{{<<: {SECRET}}}",
    "twice": f'{{a: "{SECRET}", a: "{SECRET}"}}',
}
Place = tuple[str | int, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Give the path of everything below sinks, channels and owners' addresses, but for conditions."""
    if path and path[-1] == "where":
        return
    if path[:1] in (("sinks",), ("channels",)) or path[2:3] == ("notify",):
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        if len(path) > 0 or key in ("sinks", "channels", "owners"):
            yield from places(part, (*path, key))


PRIVATE = {name: COMPLETE[name] for name in ("owners", "channels", "sinks")}
PLACES = list(places(PRIVATE))
ENVIRON = {"HOST": "h", "URL": SECRET, "SECRET": SECRET}


def folder_with(path: Place, written: str, folder: Path, whole: dict[str, Any] = PRIVATE) -> None:
    """Write a folder with something else standing at a path."""
    tree = deepcopy(whole)
    place: Any = tree
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = HOLE
    (folder / "a.yaml").write_text(write(tree).replace(f'"{HOLE}"', written))


def said(folder: Path) -> Iterator[str]:
    """Give each problem with the line that a terminal shows, and why the folder can't be served."""
    loaded = read_survey(folder)
    for problem in loaded.problems:
        yield f"{problem} {problem.source}"
    if loaded.folder is not None:
        try:
            prepare(folder, ENVIRON, SystemClock())
        except NotReadyError as error:
            yield str(error)


def leaks(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if SECRET.lower() in line.lower() or NUMBER in line]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_secret_is_quoted_whatever_is_wrong_with_it(mistake: str, tmp_path: Path) -> None:
    found = []
    for path in PLACES:
        folder_with(path, MISTAKES[mistake], tmp_path)
        found += [(path, line) for line in leaks(said(tmp_path))]
    assert found == []


def test_there_are_places_enough() -> None:
    assert {("sinks", "hook", "secret"), ("channels", "sms", "url"), ("owners", "team", "notify", 0)} <= set(PLACES)
    assert len(PLACES) > 40


COMMANDS = (("check",), ("check", "--json"), ("explain", "--touchpoint", "payment"), ("schema",))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("mistake", ["a URL", "a map", "an open quote", "half a variable"])
def test_no_command_quotes_a_secret_on_a_terminal(command: tuple[str, ...], mistake: str, tmp_path: Path) -> None:
    for path in (("sinks", "hook", "url"), ("channels", "sms", "url"), ("channels", "hook", "headers")):
        folder_with(path, MISTAKES[mistake], tmp_path, COMPLETE)
        environ = {**ENVIRON, "FORCE_COLOR": "1", "COLUMNS": "400"}
        result = CliRunner().invoke(app, [command[0], str(tmp_path), *command[1:]], env=environ)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert leaks(result.output.splitlines()) == []


def test_a_line_of_rules_is_quoted_beside_secrets(tmp_path: Path) -> None:
    text = "sinks:\n  a: {kind: jsonl, path: 1}\nrules:\n  r: {att: x}\nchannels:\n  b: 2\n"
    (tmp_path / "a.yaml").write_text(text)
    sources = {problem.position.line: problem.source for problem in read_survey(tmp_path).problems}
    assert sources == {2: "", 4: "  r: {att: x}", 6: ""}
