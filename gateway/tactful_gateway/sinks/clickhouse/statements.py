"""The SQL of the sink. Pure; names are quoted, values never stand in a statement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.shapes.flat import ColumnType
from tactful_gateway.sinks.shapes.table import columns_of, type_of

INSERT_SETTINGS = {
    "async_insert": "0",  # answered once it is written, whatever the server's default
    "wait_end_of_query": "1",  # an error has an error's status, not a 200 with the error in the body
    "date_time_input_format": "best_effort",
}
REMEMBERED = 1000
"""Inserts whose tokens a table made by us remembers, so that one tried again is not taken twice."""
_TYPES: dict[ColumnType, str] = {
    "text": "Nullable(String)",
    "texts": "Array(String)",
    "whole": "Nullable(Int64)",
    "number": "Nullable(Float64)",
    "flag": "Nullable(Bool)",
    "time": "Nullable(DateTime64(3, 'UTC'))",
}
_KEYS = {"id": "String", "type": "LowCardinality(String)", "time": "DateTime64(3, 'UTC')"}
"""Columns that are never null: the sorting key has to have its values."""


def exists(table: str) -> str:
    """Ask whether a table is there: `1` or `0`."""
    return f"EXISTS TABLE {table}"


def create(table: str, shape: str) -> str:
    """Make the table; rows of one id become one when parts are merged, and at once with FINAL."""
    columns = ", ".join(_column(shape, name) for name in columns_of(shape))
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({columns}) ENGINE = ReplacingMergeTree "
        f"PARTITION BY toYYYYMM(time) ORDER BY id SETTINGS non_replicated_deduplication_window = {REMEMBERED}"
    )


def add_columns(table: str, shape: str, names: Iterable[str]) -> str:
    """Add the columns that the table has not yet."""
    return f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN IF NOT EXISTS {_column(shape, name)}" for name in names)


def insert(table: str, names: Iterable[str]) -> str:
    """Insert rows that follow as one JSON object a line."""
    return f"INSERT INTO {table} ({', '.join(map(quoted, names))}) FORMAT JSONEachRow"


def token(deliveries: Sequence[Delivery]) -> str:
    """Give the name by which an insert of these very events is recognised."""
    return hashlib.sha256("\n".join(one.id for one in deliveries).encode()).hexdigest()


def quoted(name: str) -> str:
    """Give a name as SQL has it."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _column(shape: str, name: str) -> str:
    kind = _KEYS.get(name) or _TYPES[type_of(shape, name)]
    return f"{quoted(name)} {kind}"
