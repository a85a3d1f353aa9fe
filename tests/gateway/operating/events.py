"""What the gateway logs, found in its source: the name of each event and its level."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[3] / "gateway" / "tactful_gateway"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
HELPERS = {"_tell", "_say"}
"""Functions of a module tell of what was done, methods of what failed unexpectedly."""
FAILING = "log_failure"
"""Tells of a request that failed in us."""


class Logged(NamedTuple):
    """One call of a logger; `event` is None where it is no plain text."""

    place: str
    level: str
    event: str | None


def logged() -> Iterator[Logged]:
    """Give all of them, those included that go by way of a function which adds to them."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (level := _level(node)) is not None:
                texts = [it.value for it in node.args if isinstance(it, ast.Constant) and isinstance(it.value, str)]
                yield Logged(f"{file.relative_to(PACKAGE)}:{node.lineno}", level, texts[0] if texts else None)


def _level(call: ast.Call) -> str | None:
    function = call.func
    if isinstance(function, ast.Name):
        return "error" if function.id == FAILING else "info" if function.id in HELPERS else None
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return None
    if function.value.id == "log" and function.attr in LEVELS:
        return function.attr
    return "error" if function.value.id == "self" and function.attr in HELPERS else None
