"""What any store must do, as tests to inherit: give a fixture `store` and run them with pytest-asyncio in auto mode.

`DurableStoreContract` adds what survives closing; it wants a fixture `reopen`, which closes the store it gave last and
opens another over the same data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import msgspec
from msgspec.structs import replace

from tactful_gateway.contracts.ageing import AgeingContract
from tactful_gateway.contracts.feedback import FeedbackContract
from tactful_gateway.contracts.joined_ids import JoinedIdsContract
from tactful_gateway.contracts.letters import LetterContract
from tactful_gateway.contracts.personal import PersonalContract
from tactful_gateway.contracts.samples import (
    NOW,
    api_key,
    event,
    full_invitation,
    full_person,
    letter,
    publication,
    wake_up,
)
from tactful_gateway.contracts.transactions import error_of, read, write
from tactful_gateway.contracts.wake_ups import WakeUpContract
from tactful_gateway.store.base import Changes, Keys, State, Store
from tactful_gateway.store.records import (
    CountKey,
    Cursor,
    DecisionKey,
    Measure,
    MeasureKey,
    Order,
    RememberedDecision,
)
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import HOUR, rfc3339
from tactful_rules.model.person import NOBODY, HistoryEvent, PersonState, QuotaUse

ODD_IDS = ("u-1", "", "张三", "o'brien; DROP TABLE person", "a\x00b", "a", "%", "🙂" * 40, "U-1")


class StoreContract(
    JoinedIdsContract, WakeUpContract, FeedbackContract, PersonalContract, AgeingContract, LetterContract
):
    """The promises of `tactful_gateway.store.base`, one test each."""

    async def test_what_was_never_written_is_absent(self, store: Store) -> None:
        """A new store is empty in every respect."""
        loaded = await read(store, Keys(frozenset({"p"}), frozenset({"i"}), frozenset({"r"}), frozenset({DECIDED})))
        assert loaded == State()
        assert await store.person("p") == NOBODY
        assert await store.invitation(b"lookup") is None
        assert (await store.head(), list(await store.journal(0, 10)), dict(await store.counts())) == (0, [], {})
        assert (await store.cursor("c"), list(await store.dead_letters("c", 10)), list(await store.keys())) == (
            None,
            [],
            [],
        )
        assert await store.ruleset("v") is None

    async def test_everything_written_is_read_back_as_it_was(self, store: Store) -> None:
        """A full person, invitation, quota, decision, count and report make the way there and back."""
        person, invitation, quota = full_person(), full_invitation("i-1"), QuotaUse(3, (NOW, NOW + 1), {"i-1": NOW})
        decision = RememberedDecision(NOW, Verdict(reason="asked", rule="r", expires_at=NOW + 5), "i-1")
        await write(
            store,
            persons={"p": person},
            invitations={"i-1": invitation},
            quotas={"r": quota},
            decisions={DECIDED: decision},
            reports={"rep": NOW},
        )
        keys = Keys(frozenset({"p"}), frozenset({"i-1"}), frozenset({"r"}), frozenset({DECIDED}), frozenset({"rep"}))
        loaded = await read(store, keys)
        assert loaded.persons == {"p": person}
        assert loaded.invitations == {"i-1": invitation}
        assert loaded.quotas == {"r": quota}
        assert loaded.decisions == {DECIDED: decision}
        assert loaded.reports == {"rep": NOW}
        assert await store.person("p") == person
        assert await store.invitation(invitation.lookup) == invitation
        assert await store.reports_seen(["rep", "other"]) == {"rep"}

    async def test_a_later_write_replaces_the_earlier_one(self, store: Store) -> None:
        """Values are whole: what the new one leaves out is gone."""
        keys = Keys(frozenset({"p"}), frozenset({"i-1"}), frozenset({"r"}), frozenset({DECIDED}), frozenset({"rep"}))
        full, bare = full_invitation("i-1"), replace(full_invitation("i-1"), status="open", answers={})
        for person, invitation, at in ((full_person(), full, NOW), (PersonState(asks=9), bare, NOW + 1)):
            made = {
                "persons": {"p": person},
                "invitations": {"i-1": invitation},
                "quotas": {"r": QuotaUse(at)},
                "decisions": {DECIDED: RememberedDecision(at, Verdict(reason="no_rule"), "i-1")},
                "reports": {"rep": at},
            }
            await write(store, **made)
            loaded = await read(store, keys)
            assert {name: getattr(loaded, name) for name in made} == made
        assert await store.invitation(full.lookup) == bare

    async def test_a_person_brings_its_open_invitations_and_their_quotas(self, store: Store) -> None:
        """Who names a person can't know which invitations are open there."""
        invitation, quota = full_invitation("i-1"), QuotaUse(held={"i-1": NOW})
        await write(store, persons={"p": full_person("i-1")}, invitations={"i-1": invitation}, quotas={"combo": quota})
        loaded = await read(store, Keys(frozenset({"p"})))
        assert (loaded.invitations, loaded.quotas) == ({"i-1": invitation}, {"combo": quota})

    async def test_a_remembered_decision_brings_its_invitation(self, store: Store) -> None:
        """It may be closed by now, so that no person's open list names it."""
        invitation = full_invitation("i-1")
        decision = RememberedDecision(NOW, Verdict(reason="asked"), "i-1")
        await write(store, invitations={"i-1": invitation}, decisions={DECIDED: decision})
        loaded = await read(store, Keys(decisions=frozenset({DECIDED})))
        assert (loaded.invitations, loaded.decisions) == ({"i-1": invitation}, {DECIDED: decision})

    async def test_a_step_that_raises_writes_nothing_and_passes_its_error_on(self, store: Store) -> None:
        """All or nothing, and the store works on."""

        def fail(_: State) -> Changes:
            raise ZeroDivisionError("step")

        assert await error_of(store.transact(Keys(frozenset({"p"})), fail)) is ZeroDivisionError
        await write(store, persons={"p": PersonState(asks=1)}, events=[event(1)])
        assert (await store.person("p")).asks == 1

    async def test_changes_that_cannot_be_encoded_write_nothing(self, store: Store) -> None:
        """A value without a form in the store spoils its transaction only."""
        broken = msgspec.structs.replace(event(1), data={"what": object()})
        writing = write(store, persons={"p": PersonState(asks=1)}, events=[event(0), broken])
        assert await error_of(writing) is TypeError
        assert await store.person("p") == NOBODY
        assert await store.head() == 0

    async def test_the_journal_keeps_the_order_of_writing(self, store: Store) -> None:
        """Sequence numbers rise; `after` is not included; `limit` holds."""
        await write(store, events=[event(place) for place in range(150)])
        await write(store, events=[event(place) for place in range(150, 300)])
        rows = list(await store.journal(0, 1_000))
        assert [msgspec.json.decode(row.body)["data"]["place"] for row in rows] == list(range(300))
        assert all(one.seq < two.seq for one, two in pairwise(rows))
        assert [row.seq for row in await store.journal(rows[9].seq, 5)] == [row.seq for row in rows[10:15]]
        assert await store.head() == rows[-1].seq
        assert list(await store.journal(rows[-1].seq, 5)) == []

    async def test_a_journal_row_holds_the_exact_cloudevent(self, store: Store) -> None:
        """Columns agree with the body, which is CloudEvents 1.0 in JSON."""
        written = event(7)
        await write(store, events=[written])
        row = (await store.journal(0, 1))[0]
        assert (row.type, row.subject, row.at) == (written.type, written.subject, NOW + 7)
        body: dict[str, Any] = msgspec.json.decode(row.body)
        assert (body["specversion"], body["id"], body["time"]) == ("1.0", written.id, rfc3339(NOW + 7))
        assert body["data"] == {"place": 7, "text": "好\u2028"}

    async def test_counts_add_up(self, store: Store) -> None:
        """Counts are increments, by all of their key."""
        key = CountKey(NOW // HOUR, "payment", "combo", "paused")
        other = key._replace(source="sdk")
        await write(store, counts={key: 2, other: 1})
        await write(store, counts={key: 3})
        assert dict(await store.counts()) == {key: 5, other: 1}

    async def test_measures_add_up(self, store: Store) -> None:
        """Sums are added, extremes are compared, by all of their key."""
        key = MeasureKey(NOW // HOUR, "payment", "paused", "order.amount")
        other = key._replace(param="order.items")
        await write(store, measures={key: Measure(2, 5.0, 13.0, 2.0, 3.0), other: Measure(1, 1.0, 1.0, 1.0, 1.0)})
        await write(store, measures={key: Measure(1, -4.5, 20.25, -4.5, -4.5)})
        assert dict(await store.measures()) == {
            key: Measure(3, 0.5, 33.25, -4.5, 3.0),
            other: Measure(1, 1.0, 1.0, 1.0, 1.0),
        }

    async def test_odd_ids_are_kept_apart(self, store: Store) -> None:
        """Empty, quoted, with a NUL, in other scripts and cases: each is itself."""
        await write(store, persons={person: PersonState(asks=place) for place, person in enumerate(ODD_IDS)})
        loaded = await read(store, Keys(frozenset(ODD_IDS)))
        assert {person: state.asks for person, state in loaded.persons.items()} == {
            person: place for place, person in enumerate(ODD_IDS)
        }
        keys = {DecisionKey(odd, "t", "e") for odd in ODD_IDS}
        keys |= {DecisionKey("a", "b", "c"), DecisionKey("a", "bc", "")}
        decision = RememberedDecision(NOW, Verdict(reason="no_rule"))
        await write(store, decisions=dict.fromkeys(keys, decision))
        assert (await read(store, Keys(decisions=frozenset(keys)))).decisions.keys() == keys

    async def test_many_keys_at_once_are_all_found(self, store: Store) -> None:
        """A batch may name more than a database takes in one question."""
        persons = {f"p-{place}": PersonState(asks=place) for place in range(1_001)}
        await write(store, persons=persons)
        assert (await read(store, Keys(frozenset(persons) | {"nobody"}))).persons == persons

    async def test_large_values_are_kept_whole(self, store: Store) -> None:
        """A long text answer and a long history are nothing special."""
        answers = {"why": "长" * 100_000}
        record = msgspec.structs.replace(full_invitation("i-1"), answers=answers)
        history = tuple(HistoryEvent("asked", NOW + place, "q", "t", "web") for place in range(5_000))
        await write(store, invitations={"i-1": record}, persons={"p": PersonState(history=history)})
        loaded = await read(store, Keys(frozenset({"p"}), frozenset({"i-1"})))
        assert loaded.invitations["i-1"].answers == answers
        assert loaded.persons["p"].history == history

    async def test_concurrent_transactions_lose_no_update(self, store: Store) -> None:
        """Each reads what the one before it wrote."""

        def add(loaded: State) -> Changes:
            asks = loaded.persons.get("p", NOBODY).asks + 1
            return Changes(persons={"p": PersonState(asks=asks)}, events=[event(asks)])

        await asyncio.gather(*(store.transact(Keys(frozenset({"p"})), add) for _ in range(50)))
        assert (await store.person("p")).asks == 50
        rows = await store.journal(0, 100)
        assert [msgspec.json.decode(row.body)["data"]["place"] for row in rows] == list(range(1, 51))

    async def test_a_cursor_moves_together_with_its_dead_letters(self, store: Store) -> None:
        """Letters come back oldest first; the same one written again is there once."""
        cursor = Cursor(seq=5, accepted=5, delivered=4, attempts=2, retry_at=NOW, error="500", stopped="410")
        await store.save_cursor("a", cursor, [letter("a", 9), letter("a", 5)])
        assert await store.cursor("a") == cursor
        await store.save_cursor("b", Cursor(seq=1))
        await store.save_cursor("a", Cursor(seq=9), [letter("a", 9)])
        assert (await store.cursor("a"), await store.cursor("b")) == (Cursor(seq=9), Cursor(seq=1))
        assert list(await store.dead_letters("a", 10)) == [letter("a", 5), letter("a", 9)]
        assert list(await store.dead_letters("a", 1)) == [letter("a", 5)]
        assert list(await store.dead_letters("b", 10)) == []

    async def test_keys_are_listed_in_order_of_creation_and_replaced_by_id(self, store: Store) -> None:
        """Revoking is saving again."""
        one, two = api_key("k-2", NOW), api_key("k-1", NOW + 1)
        await store.save_key(two)
        await store.save_key(one)
        revoked = msgspec.structs.replace(one, revoked_at=NOW + 2)
        await store.save_key(revoked)
        assert list(await store.keys()) == [revoked, two]

    async def test_a_version_s_new_consumers_start_before_its_own_events(self, store: Store) -> None:
        """One that has a cursor goes on where it was, and one whose version was not kept has none."""
        await write(store, events=[event(1)])
        await store.save_cursor("old", Cursor(seq=1, delivered=1))
        made = msgspec.structs.replace(publication(1), consumers=("old", "new"))
        await write(store, published=[made], events=[event(2), event(3)])
        assert (await store.cursor("old"), await store.cursor("new")) == (Cursor(seq=1, delivered=1), Cursor(seq=1))
        again = msgspec.structs.replace(publication(1, content="other"), consumers=("later",))
        assert await error_of(write(store, published=[again])) is not None
        assert await store.cursor("later") is None

    async def test_the_latest_version_is_loaded_when_it_is_asked_for(self, store: Store) -> None:
        """Whoever publishes decides on it, inside the same transaction."""
        assert (await read(store, Keys(latest_version=True))).latest_version is None
        await write(store, published=[publication(1), publication(2)])
        assert (await read(store, Keys(latest_version=True))).latest_version == publication(2).version
        assert (await read(store, Keys())).latest_version is None

    async def test_a_version_is_found_by_its_number_with_files_and_ruleset(self, store: Store) -> None:
        """Nothing of it is lost, and what is not there is not made up."""
        await write(store, published=[publication(7)])
        made = publication(7)
        assert await store.version(7) == made.version
        assert await store.files(made.version.content) == made.files
        assert await store.ruleset(made.version.ruleset) == made.body
        assert (await store.version(8), await store.files("?"), await store.ruleset("?")) == (None, None, None)

    async def test_versions_are_listed_newest_first_and_by_pages(self, store: Store) -> None:
        """`before` is not included; `limit` holds."""
        await write(store, published=[publication(number) for number in range(1, 151)])
        assert [it.number for it in await store.versions(None, 1_000)] == list(range(150, 0, -1))
        assert [it.number for it in await store.versions(149, 3)] == [148, 147, 146]
        assert list(await store.versions(1, 3)) == []

    async def test_files_and_rulesets_stay_as_they_were_first_kept(self, store: Store) -> None:
        """Their names say what is in them for ever."""
        await write(store, published=[publication(1, content="c", ruleset="r")])
        other = publication(2, content="c", ruleset="r")
        await write(store, published=[msgspec.structs.replace(other, files={"other.yaml": ""}, body=b"other")])
        assert await store.files("c") == publication(1).files
        assert await store.ruleset("r") == publication(1).body

    async def test_a_number_is_never_given_twice(self, store: Store) -> None:
        """A second version with a number that is taken spoils its transaction; the first one stays."""
        await write(store, published=[publication(1)])
        again = write(store, published=[publication(1, content="other")], events=[event(1)])
        assert await error_of(again) is not None
        assert await store.version(1) == publication(1).version
        assert await store.head() == 0

    async def test_a_dropped_version_takes_along_what_no_other_one_names(self, store: Store) -> None:
        """What is shared stays; numbers that are not there are no mistake."""
        made = [publication(1, content="c"), publication(2, ruleset="r"), publication(3, content="c", ruleset="r")]
        await write(store, published=made)
        await store.drop_versions([1, 2, 9])
        assert [it.number for it in await store.versions(None, 9)] == [3]
        assert (await store.files("c"), await store.ruleset("r")) == (made[0].files, made[1].body)
        assert await store.ruleset(made[0].version.ruleset) is None
        assert await store.files(made[1].version.content) is None

    async def test_forgetting_drops_what_is_older_and_nothing_else(self, store: Store) -> None:
        """Only what is remembered to know it again is forgotten."""
        old = [DecisionKey("p", "t", f"old-{place}") for place in range(2_500)]
        new, verdict = DecisionKey("p", "t", "new"), Verdict(reason="no_rule")
        await write(
            store,
            decisions={
                **dict.fromkeys(old, RememberedDecision(NOW - 1, verdict)),
                new: RememberedDecision(NOW, verdict),
            },
            reports={"old": NOW - 1, "new": NOW},
            persons={"p": PersonState(asks=1)},
            events=[event(0)],
        )
        await store.forget(NOW, feedback=NOW - 9)
        assert (await read(store, Keys(decisions=frozenset({*old, new})))).decisions.keys() == {new}
        assert await store.reports_seen(["old", "new"]) == {"new"}
        assert ((await store.person("p")).asks, await store.head()) == (1, 1)

    async def test_a_store_that_can_commit_says_so(self, store: Store) -> None:
        """`check` changes nothing."""
        await store.check()
        assert await store.head() == 0


class DurableStoreContract(StoreContract):
    """What a store on a disk promises beyond that."""

    async def test_everything_is_there_after_reopening(self, reopen: Callable[[], Awaitable[Store]]) -> None:
        """All that was written and acknowledged."""
        store = await reopen()
        key = CountKey(1, "t", "", "no_rule")
        await write(
            store,
            persons={"p": full_person("i-1")},
            invitations={"i-1": full_invitation("i-1")},
            counts={key: 1},
            events=[event(1)],
        )
        await store.save_cursor("c", Cursor(seq=1), [letter("c", 1)])
        ordered = await store.give_order("c", 7)
        await store.save_key(api_key("k", NOW))
        await write(store, published=[publication(1)], wake_ups=[wake_up("i-1", 5)])
        store = await reopen()
        assert await store.person("p") == full_person("i-1")
        assert await store.invitation(b"lookup i-1") == full_invitation("i-1")
        assert dict(await store.counts()) == {key: 1}
        assert (await store.head(), await store.cursor("c")) == (1, Cursor(seq=1))
        assert list(await store.dead_letters("c", 9)) == [letter("c", 1)]
        assert list(await store.orders("c")) == [Order(ordered, 7)]
        assert list(await store.keys()) == [api_key("k", NOW)]
        assert list(await store.due("", NOW + 5, 9)) == [wake_up("i-1", 5)]
        assert list(await store.versions(None, 9)) == [publication(1).version]
        assert await store.files(publication(1).version.content) == publication(1).files
        assert await store.ruleset(publication(1).version.ruleset) == publication(1).body

    async def test_sequence_numbers_go_on_after_reopening(self, reopen: Callable[[], Awaitable[Store]]) -> None:
        """No number is given twice."""
        await write(await reopen(), events=[event(1), event(2)])
        store = await reopen()
        await write(store, events=[event(3)])
        assert [row.seq for row in await store.journal(0, 9)] == [1, 2, 3]


DECIDED = DecisionKey("p", "payment", "e-1")
