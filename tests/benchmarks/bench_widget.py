"""The widget's weight over the wire: what a page pays to have it, and what a person pays who is asked."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.benchmarks.row import Row

DIST = Path(__file__).parents[2] / "widgets" / "dist"
LOADER_BUDGET = 1_500
ALL_BUDGET = 10_000


def rows() -> list[Row]:
    """Weigh both files, compressed as a server would."""
    loader, renderer = (len(gzip.compress((DIST / f"{name}.js").read_bytes(), 9)) for name in ("loader", "renderer"))
    return [
        _row("widget loader", loader, LOADER_BUDGET),
        _row("widget, loader and renderer", loader + renderer, ALL_BUDGET),
    ]


def _row(name: str, size: int, budget: int) -> Row:
    return Row(name=name, value=size, unit="B gzip", budget=f"<= {budget} B", met=size <= budget)
