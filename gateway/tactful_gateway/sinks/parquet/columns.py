"""Rows as Arrow tables, whose columns have the types that their names say: a file never depends on what came first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.shapes.flat import ColumnType
from tactful_gateway.sinks.shapes.table import columns_of, row_of, type_of

SHAPE = b"tactful.shape"
"""Where a file says what shape its rows have."""
_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "whole": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "time": pa.timestamp("ms", tz="UTC"),
}
_READ: dict[ColumnType, Callable[[Any], Any]] = {"time": datetime.fromisoformat, "number": float}


def make_table(shape: str, deliveries: Sequence[Delivery]) -> pa.Table:
    """Make a table of deliveries: the columns that every row has, then those of the questions answered among them."""
    rows = [row_of(shape, delivery) for delivery in deliveries]
    names = dict.fromkeys(columns_of(shape))
    for row in rows:
        names |= dict.fromkeys(row)
    kinds = {name: type_of(shape, name) for name in names}
    arrays = [pa.array(_values(kind, name, rows), _TYPES[kind]) for name, kind in kinds.items()]
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in kinds.items()], metadata={SHAPE: shape.encode()})
    return pa.Table.from_arrays(arrays, schema=schema)


def joined(older: pa.Table, newer: pa.Table) -> pa.Table:
    """Put rows behind others; a column that only some have is null for the rest."""
    return pa.concat_tables([older, newer], promote_options="default").combine_chunks()


def _values(kind: ColumnType, name: str, rows: Sequence[dict[str, Any]]) -> list[Any]:
    read = _READ.get(kind, lambda value: value)
    return [None if (value := row.get(name)) is None else read(value) for row in rows]
