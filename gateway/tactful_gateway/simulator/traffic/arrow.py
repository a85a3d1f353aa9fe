"""Reads the rows of a Parquet file by pyarrow: values have types, and become what JSON would have for them.

A moment with a time zone is that instant; one without is on the clock of texts without an offset. NaN is absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from tactful_gateway.simulator.traffic.rows import ObjectRows, TrafficError

_BATCH = 10_000


def arrow_rows(path: Path) -> ObjectRows:
    """Open a Parquet file, as `parquet_rows`."""
    with path.open("rb"):  # so that a file which is not there is an error like that of any other
        pass
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise TrafficError(f"this is not Parquet: {error}") from error
    columns = tuple(file.schema_arrow.names)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise TrafficError(f"the file has a column twice: {', '.join(twice)}")
    return ObjectRows(columns, _rows(file))


def _rows(file: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    schema = pyarrow.schema([field.with_type(_readable(field.type)) for field in file.schema_arrow])
    plain = [name for name, kind in zip(schema.names, schema.types, strict=True) if _is_plain(kind)]
    number = 0
    try:
        for batch in file.iter_batches(_BATCH):
            rows = pyarrow.Table.from_batches([batch]).cast(schema, safe=False).to_pylist(maps_as_pydicts="lossy")
            for row in rows:
                number += 1
                yield number, {name: value if name in plain else to_json(value) for name, value in row.items()}
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:  # damage is an OSError there
        raise TrafficError(f"after row {number} the file can't be read: {error}") from error


def _is_plain(kind: Any) -> bool:
    types = pyarrow.types
    return bool(
        types.is_boolean(kind) or types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)
    )


def _readable(kind: Any) -> Any:
    """Give the type with moments in microseconds, at any depth: Python's clocks know nothing finer."""
    types = pyarrow.types
    if types.is_dictionary(kind):
        return _readable(kind.value_type)
    if types.is_timestamp(kind):
        return pyarrow.timestamp("us", tz=kind.tz)
    if types.is_time(kind):
        return pyarrow.time64("us")
    if types.is_duration(kind):
        return pyarrow.duration("us")
    if types.is_struct(kind):
        return pyarrow.struct([field.with_type(_readable(field.type)) for field in kind])
    if types.is_list(kind) or types.is_large_list(kind):
        return pyarrow.list_(kind.value_field.with_type(_readable(kind.value_type)))
    return kind


def to_json(value: Any) -> Any:
    """Give what JSON would have for a value: RFC 3339 for a moment, a number for a decimal, a text for bytes."""
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return None if math.isnan(value) else value
        case datetime():
            return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return _number(value)
        case bytes():
            return value.decode(errors="replace")
        case dict():
            return {str(name): to_json(inner) for name, inner in value.items()}
        case list():
            return [to_json(inner) for inner in value]
    return str(value)


def _number(value: Decimal) -> int | float | None:
    if value.is_nan():
        return None
    return int(value) if value == value.to_integral_value() else float(value)
