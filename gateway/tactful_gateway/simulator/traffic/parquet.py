"""Opens Parquet files; pyarrow, an extra of fifty megabytes in memory, is loaded for those alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tactful_gateway.simulator.traffic.rows import ObjectRows, TrafficError


def parquet_rows(path: Path) -> ObjectRows:
    """Open a Parquet file.

    Raises:
        TrafficError: it is none, or pyarrow is not installed.
        OSError: it can't be opened.
    """
    try:
        arrow_rows: Callable[[Path], ObjectRows] = import_module("tactful_gateway.simulator.traffic.arrow").arrow_rows
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise TrafficError('reading Parquet takes pyarrow: pip install "tactful[gateway,parquet]"') from error
    return arrow_rows(path)
