"""What any store must do with ids that turned out to be one person; part of `StoreContract`."""

from __future__ import annotations

from itertools import chain

import msgspec

from tactful_gateway.contracts.samples import NOW, full_invitation, full_person
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.store.base import Keys, Store
from tactful_gateway.store.records import DecisionKey, RememberedDecision
from tactful_rules.model.decision import Verdict
from tactful_rules.model.person import Joined, PersonState


class JoinedIdsContract:
    """The promises about what comes along with an id, one test each."""

    async def test_an_id_brings_the_person_that_it_was_joined_to(self, store: Store) -> None:
        """However many steps away, with its open invitations; a person who is gone stays away."""
        persons = {
            "a": PersonState(alias_of="b"),
            "b": PersonState(alias_of="c"),
            "c": msgspec.structs.replace(full_person("i-1"), joined=(Joined("b", NOW),)),
            "x": PersonState(alias_of="gone"),
        }
        await write(store, persons=persons, invitations={"i-1": full_invitation("i-1")})
        loaded = await read(store, Keys(frozenset({"a", "x"})))
        assert loaded.persons == persons
        assert loaded.invitations.keys() == {"i-1"}

    async def test_decisions_are_found_under_every_id_of_a_person(self, store: Store) -> None:
        """Ids that were joined already, in either direction, and those that this very batch may join."""
        await write(
            store,
            persons={"old": PersonState(alias_of="p"), "p": PersonState(joined=(Joined("old", NOW),))},
            decisions={
                DecisionKey(person, "t", "e"): RememberedDecision(NOW, Verdict(reason="no_rule"))
                for person in ("old", "p", "new", "other")
            },
        )
        for person, joins, ids in (
            ("old", (), {"old", "p"}),
            ("p", (), {"old", "p"}),
            ("new", (), {"new"}),
            ("new", [("new", "p")], {"new", "p", "old"}),
            ("old", [("other", "new"), ("p", "new")], {"old", "p", "new", "other"}),
        ):
            decisions = frozenset({DecisionKey(person, "t", "e")})
            asked = frozenset({person, *chain.from_iterable(joins)})
            loaded = await read(store, Keys(asked, decisions=decisions, joins=frozenset(joins)))
            assert {key.person for key in loaded.decisions} == ids
