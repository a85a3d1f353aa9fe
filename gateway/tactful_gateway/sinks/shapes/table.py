"""Rows of tables, for destinations with columns: the event with its key beside it, or the answers by question."""

from __future__ import annotations

from typing import Any

import msgspec

from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.shapes import flat
from tactful_gateway.sinks.shapes.registry import AS_IS
from tactful_rules.model.ids import rfc3339

TABLES = (AS_IS, flat.SHAPE.name)
"""The shapes that have columns."""
_EVENT: dict[str, flat.ColumnType] = {"id": "text", "type": "text", "time": "time", "subject": "text", "event": "text"}


def columns_of(shape: str) -> dict[str, flat.ColumnType]:
    """Give the columns that every row has, in their order."""
    return _EVENT if shape == AS_IS else flat.COLUMNS


def type_of(shape: str, column: str) -> flat.ColumnType:
    """Give the type of a column, which never changes."""
    return _EVENT[column] if shape == AS_IS else flat.column_type(column)


def row_of(shape: str, delivery: Delivery) -> dict[str, Any]:
    """Give a delivery's row; `event` is the event as it was journalled, byte for byte."""
    if shape != AS_IS:
        row: dict[str, Any] = msgspec.json.decode(delivery.body)
        return row
    return {
        "id": delivery.id,
        "type": delivery.type,
        "time": rfc3339(delivery.at),
        "subject": delivery.subject,
        "event": delivery.body.decode(),
    }
