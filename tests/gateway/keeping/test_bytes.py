"""An erased person's bytes: searched for in every file beside the database, while the gateway's store is still open."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.samples import NOW, event, full_invitation, letter, wake_up
from tactful_gateway.contracts.transactions import write
from tactful_gateway.keeping.erasing import erase_person, forget_orders
from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.store.base import Changes, Keys, State, Store, StoreUnavailableError
from tactful_gateway.store.personal import sqlite as personal
from tactful_gateway.store.records import Cursor, DecisionKey, RememberedDecision
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.decision import Verdict
from tactful_rules.model.person import PersonState
from tests.gateway.ledger.world import make_ruleset

MARK = "zanzibar-mark"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "tactful.db")
    yield opened
    await opened.close()


async def live(store: Store, chance: random.Random, persons: list[str]) -> None:
    """Have persons do many things, some of them much: rows grow, shrink, move and spill over."""
    for start in range(0, 60, 12):
        made = Changes()
        for turn in range(start, start + 12):
            person = chance.choice(persons)
            record = replace(
                full_invitation(f"{person}/{turn % 7}"),
                person=person,
                answers={"why": f"{person} says {chance.choice(['x', 'yz' * 300, 'long' * 3_000])}"},
            )
            made.persons[person] = PersonState(asks=turn, locale=f"{person}{'l' * chance.randrange(900)}")
            made.invitations[record.id] = record
            decided = RememberedDecision(NOW, Verdict(reason="no_rule"))
            made.decisions[DecisionKey(person, "t", f"e{turn}")] = decided
            made.wake_ups.append(wake_up(record.id, turn)._replace(person=person))
            said = {"said": f"{person} {'e' * chance.randrange(6_000)}"}
            made.events.append(replace(event(turn), subject=person, data=said))
        await store.transact(Keys(), partial(_give, made))
    head = await store.head()
    buried = [replace(letter("s", head), subject=person, body=person.encode() * 400) for person in persons[:1]]
    await store.save_cursor("s", Cursor(seq=head), buried)


def _give(made: Changes, _: State) -> Changes:
    return made


def found(folder: Path, mark: str) -> list[str]:
    return [path.name for path in folder.iterdir() if mark.encode() in path.read_bytes()]


@pytest.mark.parametrize("seed", range(4))
async def test_no_byte_of_an_erased_person_is_left_in_the_files(store: SqliteStore, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    persons = [f"{MARK}-{place}" for place in range(3)]
    others = [f"somebody-{place}" for place in range(9)]
    for _ in range(4):
        await live(store, chance, persons + others)
    await live(store, chance, persons)
    await write(store, persons={persons[1]: PersonState(alias_of=persons[0])})
    assert found(tmp_path, MARK)
    rulesets = Rulesets(store)
    rulesets.activate(CompiledRuleset(make_ruleset()))
    async with Ledger(store, rulesets, SystemClock()) as ledger:
        for person in (persons[0], persons[2]):
            receipt = await erase_person(store, ledger, person, "receipt", keep_opt_outs=False)
            assert receipt.held.events
    assert found(tmp_path, f"{MARK}-0 says") == []
    await store.save_cursor("s", Cursor(seq=await store.head()))
    await forget_orders(store)
    await asyncio.sleep(1)  # a file is not written anew all the time
    await store.personal.scrub()
    assert found(tmp_path, MARK) == []
    assert found(tmp_path, "somebody-1")


async def test_what_could_not_be_written_anew_is_written_anew_at_the_next_call(
    store: SqliteStore, tmp_path: Path
) -> None:
    await live(store, random.Random(1), [MARK])
    while (await store.personal.sweep(MARK)).events:
        pass
    holder = sqlite3.connect(tmp_path / "tactful.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked"):
        await store.personal.scrub()
    holder.execute("ROLLBACK")
    assert holder.execute("PRAGMA freelist_count").fetchone()[0] > 0
    await store.personal.scrub()
    assert holder.execute("PRAGMA freelist_count").fetchone()[0] == 0
    holder.close()


def unused(folder: Path) -> int:
    """Give how many pages of the file have nothing in them, as after an erasure and until it is written anew."""
    database = sqlite3.connect(folder / "tactful.db")
    found: int = database.execute("PRAGMA freelist_count").fetchone()[0]
    database.close()
    return found


async def erase_much(store: SqliteStore) -> None:
    await live(store, random.Random(1), [MARK])
    while (await store.personal.sweep(MARK)).events:
        pass


async def test_a_large_file_is_not_written_anew_since_everybody_would_wait(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erase_much(store)
    monkeypatch.setattr(personal, "SMALL", 0)
    await store.personal.scrub()
    assert (tmp_path / "tactful.db-wal").stat().st_size == 0, "the log is folded away all the same"
    size = (tmp_path / "tactful.db").stat().st_size
    for small, anew in ((size - 1, False), (size, True)):
        monkeypatch.setattr(personal, "SMALL", small)
        await store.personal.scrub()
        assert (unused(tmp_path) == 0) == anew


async def test_a_file_is_written_anew_seldom_whoever_is_erased(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "SHARE", 10**6)
    await erase_much(store)
    await store.personal.scrub()
    await erase_much(store)
    await store.personal.scrub()
    assert unused(tmp_path) > 0, "it has just been"


async def test_a_file_from_which_nobody_was_erased_is_left_as_it_is(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "SHARE", 0)
    await erase_much(store)
    await store.personal.scrub()
    await live(store, random.Random(1), [MARK])
    database = sqlite3.connect(tmp_path / "tactful.db")
    with database:
        database.execute("DELETE FROM journal")
    database.close()
    assert unused(tmp_path) > 0
    await store.personal.scrub()
    assert unused(tmp_path) > 0
