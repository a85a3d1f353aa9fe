"""What any store must do with all that it keeps of a person; part of `StoreContract`."""

from __future__ import annotations

from typing import get_args

from msgspec.structs import replace

from tactful_gateway.contracts.samples import NOW, event, full_invitation, full_person, letter, wake_up
from tactful_gateway.contracts.transactions import error_of, read, write
from tactful_gateway.store.base import Changes, Keys, State, Store
from tactful_gateway.store.personal.base import (
    ERASED,
    NOTHING,
    ORDER,
    START,
    Belongings,
    Held,
    Item,
    Kind,
    place_of,
)
from tactful_gateway.store.records import Cursor, DecisionKey, JournalRow, RememberedDecision
from tactful_rules.model.decision import Verdict
from tactful_rules.model.person import PersonState

VERDICT = Verdict(reason="no_rule")


async def fill(store: Store, person: str, count: int = 1) -> None:
    """Keep `count` of each kind of thing under an id, and one dead letter of the sink `s`."""
    made = [replace(full_invitation(f"{person}/{place}"), person=person) for place in range(count)]
    await write(
        store,
        persons={person: full_person(f"{person}/0")},
        invitations={record.id: record for record in made},
        decisions={DecisionKey(person, "t", f"e-{place}"): RememberedDecision(NOW, VERDICT) for place in range(count)},
        wake_ups=[wake_up(record.id, place)._replace(person=person) for place, record in enumerate(made)],
        events=[replace(event(place), subject=person) for place in range(count)],
    )
    buried = replace(letter("s", await store.head()), subject=person)
    await store.save_cursor("s", Cursor(seq=1), [buried])


def all_of(count: int) -> Held:
    """Tell what `fill` kept."""
    return Held(
        ids=1,
        invitations=count,
        responses=count,
        addresses=2 * count,
        decisions=count,
        wake_ups=count,
        events=count,
        dead_letters=1,
    )


async def kept(store: Store, person: str, page: int = 1_000) -> dict[Kind, list[Item]]:
    """Give everything under one id, page after page."""
    found: dict[Kind, list[Item]] = {}
    for kind in get_args(Kind):
        place = START[kind]
        found[kind] = []
        while items := await store.personal.page(kind, person, place, page):
            found[kind] += items
            place = place_of(items[-1])
    return found


def types(events: list[Item]) -> list[str]:
    """Give the types of journal rows."""
    return [row.type for row in events if isinstance(row, JournalRow)]


async def erase(store: Store, person: str, **changes: object) -> Belongings:
    """Erase a person in a transaction that writes changes, and give what it was."""
    seen: list[Belongings] = []

    def step(loaded: State) -> Changes:
        assert loaded.belongings is not None
        seen.append(loaded.belongings)
        return Changes(**changes)  # type: ignore[arg-type]

    await store.transact(Keys(erase=person), step)
    return seen[-1]


class PersonalContract:
    """The promises about one person's everything, one test each."""

    async def test_everything_of_a_person_is_found_and_nothing_of_others(self, store: Store) -> None:
        """By pages, each thing once, in the order of their places."""
        for person in ("p", "p%", "o'p\\", "P"):
            await fill(store, person, 7)
        for person in ("p", "o'p\\"):
            whole = await kept(store, person)
            assert {kind: len(items) for kind, items in whole.items()} == {**dict.fromkeys(whole, 7), "dead_letters": 1}
            assert await kept(store, person, 2) == whole
            assert all(items == sorted(items, key=place_of) for items in whole.values())
        assert not any((await kept(store, "nobody")).values())

    async def test_all_ids_of_a_person_are_known_for_good(self, store: Store) -> None:
        """From any of them, whatever was joined to what; the first is the one that all are kept under."""
        for joined, person in (("b", "a"), ("c", "b"), ("d", "a"), ("x", "y")):
            await write(store, persons={joined: PersonState(alias_of=person), person: PersonState(asks=1)})
            if person == "b":  # as a join does it: the pointer of the one before stays
                await write(store, persons={"b": PersonState(alias_of="a")})
        for id_ in ("a", "b", "c", "d"):
            assert await store.personal.ids(id_) == ("a", "b", "c", "d")
        assert await store.personal.ids("x") == ("y", "x")
        assert await store.personal.ids("nobody") == ("nobody",)

    async def test_an_erased_person_leaves_nothing_behind_and_others_everything(self, store: Store) -> None:
        """Under every id; what it was is told by kind and number, within the transaction."""
        for person in ("p", "anon", "other"):
            await fill(store, person, 3)
        await write(store, persons={"anon": PersonState(alias_of="p")})
        before = await kept(store, "other")
        gone = await erase(store, "anon", events=[replace(event(9), subject="p", type=ORDER)])
        assert (gone.ids, gone.states["p"]) == (("p", "anon"), full_person("p/0"))
        assert gone.held == all_of(3).plus(all_of(3))
        assert types((await kept(store, "p"))["events"]) == [ORDER]
        assert not any((await kept(store, "anon")).values())
        assert await kept(store, "other") == before
        loaded = await read(store, Keys(frozenset({"p", "anon"}), frozenset({"p/0", "anon/1"})))
        assert (loaded.persons, loaded.invitations) == ({}, {})
        assert await store.invitation(b"lookup p/0") is None
        assert await store.personal.ids("anon") == ("anon",)
        assert (await store.scheduled()) == {"": 3}

    async def test_erased_events_keep_their_numbers_and_nothing_else(self, store: Store) -> None:
        """Cursors go on over them."""
        await fill(store, "p", 2)
        await fill(store, "q", 2)
        await erase(store, "p")
        rows = list(await store.journal(0, 9))
        assert [row.seq for row in rows] == sorted({row.seq for row in rows})
        assert [(row.type, row.subject, row.body) for row in rows[:2]] == [(ERASED, "", b"")] * 2
        assert [row.subject for row in rows[2:]] == ["q", "q"]

    async def test_erasing_again_finds_nothing(self, store: Store) -> None:
        """And neither does erasing somebody who never was."""
        await fill(store, "p")
        assert (await erase(store, "p")).held == all_of(1)
        assert (await erase(store, "p")).held == NOTHING
        assert (await erase(store, "nobody")) == Belongings(("nobody",), {}, NOTHING)

    async def test_a_person_can_begin_anew_in_the_commit_that_erases_it(self, store: Store) -> None:
        """What the step writes is written after what goes."""
        await fill(store, "p")
        await erase(store, "p", persons={"p": PersonState(opted_out=("*",))})
        assert await store.person("p") == PersonState(opted_out=("*",))

    async def test_a_step_that_fails_erases_nothing(self, store: Store) -> None:
        """All or nothing."""
        await fill(store, "p")
        before = await kept(store, "p")

        def fail(_: State) -> Changes:
            raise ZeroDivisionError

        assert await error_of(store.transact(Keys(erase="p"), fail)) is ZeroDivisionError
        assert await kept(store, "p") == before
        assert await store.person("p") == full_person("p/0")

    async def test_a_heavy_person_is_erased_in_small_steps(self, store: Store) -> None:
        """All but the state and what is open; each step tells what it took, and the last one that nothing is left."""
        await fill(store, "p", 501)
        opened = replace(full_invitation("open"), person="p", status="open", answered_at=None)
        await write(store, invitations={"open": opened}, events=[replace(event(9), subject="p", type=ORDER)])
        swept, steps = NOTHING, 0
        while (step := await store.personal.sweep("p")) != NOTHING:
            assert max(step.invitations, step.events, step.decisions) <= 250
            swept, steps = swept.plus(step), steps + 1
        assert steps > 2
        assert swept == replace(all_of(501), ids=0)
        left = await kept(store, "p")
        assert left.pop("invitations") == [opened]
        assert types(left.pop("events")) == [ORDER]
        assert not any(left.values())
        assert await store.person("p") == full_person("p/0")

    async def test_the_word_to_the_destinations_goes_when_it_may(self, store: Store) -> None:
        """And not before: those behind it have not got it yet."""
        await write(store, events=[replace(event(place), subject="p", type=ORDER) for place in range(3)])
        await store.personal.drop_orders(2)
        assert [row.type for row in await store.journal(0, 9)] == [ERASED, ERASED, ORDER]
        await store.personal.scrub()
