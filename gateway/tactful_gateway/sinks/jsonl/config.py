"""The options of a `jsonl` sink, and what a size may look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from tactful_gateway.outgoing.options import OptionProblem

_SIZE = re.compile(r"(?P<number>[1-9][0-9]*) ?(?P<unit>B|kB|KB|MB|GB)")
_UNITS = {"B": 1, "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


class Rotate(Struct, frozen=True, forbid_unknown_fields=True):
    """When a new file is begun: before the file would outgrow `size`, and at the first write of a new day in UTC."""

    size: str | None = None
    every: Literal["day"] | None = None


class JsonlConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the lines go. A relative `path` starts at the directory that the gateway runs in."""

    path: str
    rotate: Rotate = Rotate()


def read_size(text: str) -> int | None:
    """Read `100MB` (units B, kB, MB, GB; powers of 1000) as bytes; None when it is no size."""
    match = _SIZE.fullmatch(text.strip())
    return int(match["number"]) * _UNITS[match["unit"]] if match else None


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find a path that can't name a file and a size that is none."""
    problems: list[OptionProblem] = []
    path, rotate = values.get("path"), values.get("rotate")
    if path is not None and (
        not path.strip() or "\0" in path or path.endswith(("/", "\\")) or Path(path).name in {"", ".", ".."}
    ):
        problems.append(OptionProblem("path", "bad_value", "`path` names no file; write e.g. data/answers.jsonl"))
    if rotate is not None and rotate.size is not None and read_size(rotate.size) is None:
        problems.append(OptionProblem("rotate.size", "bad_value", "`rotate.size` is a size such as 100MB or 2GB"))
    return problems
