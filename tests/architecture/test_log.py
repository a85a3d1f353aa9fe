"""The gateway's log is read by programs: every event is one name in snake case, and what it is about are keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT = re.compile(r"[a-z]+(_[a-z]+)*")


def test_every_event_of_the_gateways_log_is_a_name_in_snake_case(root: Path, files: list[Path]):
    ours = [path for path in files if path.suffix == ".py" and path.parts[0] == "gateway"]
    events = [(path, event) for path in ours for event in _events((root / path).read_text(encoding="utf-8"))]
    assert len(events) > 30
    assert [f"{path}: {event}" for path, event in events if not EVENT.fullmatch(event)] == []


def _events(text: str) -> Iterator[str]:
    """Yield the first words of every call like `log.info("started", ...)`, and of `self._tell("sink_failed", ...)`."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of = node.func.value
        logs = node.func.attr in LEVELS and isinstance(of, ast.Name) and of.id == "log"
        first = node.args[0]
        if (logs or node.func.attr == "_tell") and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
