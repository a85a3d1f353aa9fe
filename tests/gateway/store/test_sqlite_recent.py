"""What SQLite's writer remembers of its last commits: as good as read, and gone when a commit failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tactful_gateway.store.base import Changes, Keys, Loaded
from tactful_gateway.store.sqlite import SqliteStore
from tactful_gateway.store.sqlite_recent import Lately
from tactful_rules.model.person import PersonState

PERSONS = Keys(persons=frozenset({"p"}))


def test_what_does_not_come_again_is_let_go() -> None:
    lately: Lately[str] = Lately(generation=2)
    lately.keep({"a": "1"})
    lately.keep({"b": "2"})
    lately.keep({"a": "3"})
    assert lately.find(["a", "b", "c"]) == ({"a": "3", "b": "2"}, ["c"])
    lately.keep({"c": "4"})
    assert lately.find(["a", "b", "c"]) == ({"a": "3", "c": "4"}, ["b"])


async def test_a_state_whose_commit_failed_is_never_seen(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "tactful.db")
    seen: list[PersonState | None] = []

    def write(asks: int) -> Changes:
        return Changes(persons={"p": PersonState(asks=asks)})

    def look(loaded: Loaded) -> Changes:
        seen.append(loaded.persons.get("p"))
        return Changes()

    def fail(loaded: Loaded) -> Changes:
        raise ValueError("after the first was read")

    try:
        await store.transact(PERSONS, lambda loaded: write(1))
        await store.transact(PERSONS, look)
        with pytest.raises(ValueError, match="after"):
            await store.transact(PERSONS, fail)
        with pytest.raises(OverflowError):  # SQLite keeps no such number: the write fails, not the step
            await store.transact(PERSONS, lambda loaded: Changes(persons={"p": PersonState(asks=2**70)}))
        await store.transact(PERSONS, look)
    finally:
        await store.close()
    assert seen == [PersonState(asks=1), PersonState(asks=1)]
