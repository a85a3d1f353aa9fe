"""What the last commits wrote, not yet bytes: whoever was just asked is the one who displays, and then answers.

Only the one writer's thread uses it, and nothing gets in before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from tactful_gateway.store.base import Changes
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.person import PersonState

V = TypeVar("V")
GENERATION = 4_096
"""How many of each kind come together before those that did not come again are let go."""


class Lately(Generic[V]):
    """The values that were written last by their key, in two generations: cheaper than an order of all."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._young: dict[str, V] = {}
        self._old: Mapping[str, V] = {}

    def find(self, keys: Iterable[str]) -> tuple[dict[str, V], list[str]]:
        """Give what is known of these keys, and the keys of which nothing is."""
        found: dict[str, V] = {}
        missing: list[str] = []
        for key in keys:
            value = self._young.get(key) or self._old.get(key)
            if value is None:
                missing.append(key)
            else:
                found[key] = value
        return found, missing

    def keep(self, written: Mapping[str, V]) -> None:
        """Remember what a commit wrote."""
        self._young.update(written)
        if len(self._young) >= self._generation:
            self._young, self._old = {}, self._young


class Recent:
    """The persons and invitations of the last commits."""

    def __init__(self) -> None:
        self.persons: Lately[PersonState] = Lately()
        self.invitations: Lately[InvitationRecord] = Lately()

    def keep(self, changes: Changes) -> None:
        """Remember what was committed."""
        self.persons.keep(changes.persons)
        self.invitations.keep(changes.invitations)

    def forget(self) -> None:
        """Know nothing any more, as after a commit of which nobody can say what became of it."""
        self.persons, self.invitations = Lately(), Lately()
