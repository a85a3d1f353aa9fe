"""The options of a `parquet` sink."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from tactful_gateway.outgoing.options import OptionProblem


class ParquetConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the files are, a relative `path` starting at the directory that the gateway runs in.

    `rows` is how many a file has before the next one is begun. `shape` says what columns there are.
    """

    path: str
    rows: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    shape: str = "cloudevents"


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find a path that can't name a folder."""
    path = values.get("path")
    if path is None or (path.strip() and "\0" not in path):
        return []
    return [OptionProblem("path", "bad_value", "`path` names no folder; write e.g. data/answers")]
