"""A table that a migration adds can't be forgotten: it is moved, or it is named here as one that only one side has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tactful_gateway.moving.source import Source
from tactful_gateway.moving.table import Found, MoveError, match
from tactful_gateway.moving.target import OWN, Target
from tactful_gateway.store.sqlite import SqliteStore


async def test_both_databases_have_the_same_tables_and_each_of_the_files_is_moved(path: Path, url: str) -> None:
    await (await SqliteStore.open(path)).close()
    source, target = await Source.open(path), await Target.open(url)
    here, there = await source.tables(), await target.tables()
    await source.close()
    await target.close()
    assert set(there) - set(here) == OWN | {"token_secret"}
    assert [table.name for table in match(here, there)] == sorted(here)


@pytest.mark.parametrize(
    ("columns", "key", "there"),
    [
        (("id", "body"), ("id",), None),
        (("id", "body", "more"), ("id",), ["id", "body"]),
        (("id", "body"), ("id",), ["id", "body", "more"]),
        (("id", "body"), (), ["id", "body"]),
    ],
)
def test_a_table_without_a_place_stops_a_move(columns: tuple[str, ...], key: tuple[str, ...], there: list[str] | None):
    with pytest.raises(MoveError, match="can't move thing"):
        match({"thing": Found(columns, key)}, {} if there is None else {"thing": there})


def test_a_column_that_only_postgresql_has_is_filled():
    (table,) = match({"counted": Found(("hour", "count"), ("hour",))}, {"counted": ["hour", "shard", "count"]})
    assert table.added == ("shard",)
