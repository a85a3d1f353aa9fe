"""Reads `--map COLUMN=NAME,...`: what the columns of a file are called here."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def read_renames(renames: Sequence[str]) -> dict[str, str]:
    """Give the name of each column that is renamed.

    Raises:
        typer.BadParameter: a part is none.
    """
    pairs: dict[str, str] = {}
    for part in ",".join(renames).split(","):
        column, equals, target = (piece.strip() for piece in part.partition("="))
        if part and not (column and equals and target):
            raise typer.BadParameter(f'"{part}" in --map is not COLUMN=PARAM')
        if part:
            pairs[column] = target
    return pairs
