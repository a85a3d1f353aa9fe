"""The plain table that reports are printed as: no lines, and a name too long for its column goes on below, whole."""

from __future__ import annotations

from rich.table import Table

GAP = 2
"""Blanks between two columns."""


def make_table(title: str, *counts: str) -> Table:
    """Give a table of names under a title, with columns for counts of them."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    table.add_column(title, overflow="fold")
    for count in counts:
        table.add_column(count, justify="right", no_wrap=True)
    return table
