"""What commands are about to change: reads see their own writes first, then what was loaded."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.ledger.apply import persons
from tactful_gateway.ledger.links import withdrawn
from tactful_gateway.store.base import Changes, State
from tactful_gateway.store.records import (
    MEMORY,
    CountKey,
    DecisionKey,
    EventData,
    InvitationRecord,
    RememberedDecision,
    SeenFeedback,
)
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import NOBODY, UNUSED, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.rule import Rule


class Fact(Struct, frozen=True, gc=False):
    """A journal event before it has an id: `type` is without the `tactful.` prefix, `subject` is the person.

    What it has to say is worked out of `about` when it is told; where no journal is kept, as in a simulation, never.
    """

    type: str
    subject: str
    at: Instant
    tell: Callable[..., EventData]
    about: tuple[Any, ...] = ()

    def data(self) -> EventData:
        """Give the event's data."""
        return self.tell(*self.about)


class Draft:
    """The working copy of one command, or of several in turn; nothing that was loaded is ever changed in place."""

    __slots__ = ("again", "changes", "compiled", "facts", "now", "state")

    def __init__(self, compiled: CompiledRuleset, state: State, now: Instant) -> None:
        self.compiled = compiled
        self.state = state
        self.now = now
        self.changes = Changes()
        self.facts: list[Fact] = []
        self.again: Verdict | None = None
        """What was decided again on an invitation, or on a fallback of it, if anything was."""

    def resolve(self, person: str) -> str:
        """Give the id under which a person is kept: another one, where this one was joined to it."""
        while (known := self.person(person).alias_of) is not None:
            person = known
        return person

    def person(self, person: str) -> PersonState:
        """Give a person's state, `NOBODY` for one never kept."""
        return self.changes.persons.get(person) or self.state.persons.get(person, NOBODY)

    def remembered(self, key: DecisionKey) -> RememberedDecision | None:
        """Give the decision that is remembered for an event."""
        return self.changes.decisions.get(key) or self.state.decisions.get(key)

    def count(self, key: CountKey) -> None:
        """Count one decision."""
        self.changes.counts[key] = self.changes.counts.get(key, 0) + 1

    def seen(self, feedback: bytes) -> SeenFeedback | None:
        """Give what is remembered of feedback by its key."""
        return self.changes.feedback.get(feedback) or self.state.feedback.get(feedback)

    def save_person(self, person: str, state: PersonState) -> None:
        """Keep a state without what can't matter any more: history before the longest window in force, old joins."""
        horizon = self.now - self.compiled.window
        if state.history and state.history[0].at < horizon:
            state = replace(state, history=tuple(event for event in state.history if event.at >= horizon))
        if state.joined and state.joined[0].at <= self.now - MEMORY:
            state = replace(state, joined=tuple(it for it in state.joined if it.at > self.now - MEMORY))
        self.changes.persons[person] = state

    def invitation(self, invitation: str) -> InvitationRecord | None:
        """Find an invitation's record; the person is the one whom it is about by now."""
        found = self.changes.invitations.get(invitation) or self.state.invitations.get(invitation)
        if found is None or self.person(found.person).alias_of is None:
            return found
        return replace(found, person=self.resolve(found.person))

    def withdrawn(self, record: InvitationRecord) -> bool:
        """Tell whether a record's invitation was cancelled, and has nothing to ask any more."""
        if record.status != "cancelled":
            return False  # nearly always
        history = self.person(record.person).history
        return withdrawn(record, history, self.now - self.compiled.window) is not None

    def save_invitation(self, record: InvitationRecord) -> None:
        """Keep an invitation's record."""
        self.changes.invitations[record.id] = record

    def save_open(self, record: InvitationRecord) -> OpenInvitation | None:
        """Keep a record and have the person's open entry say the same; give the entry, None where it is closed."""
        self.save_invitation(record)
        state = self.person(record.person)
        if persons.find_open(state, record.id) is None:
            return None
        state = persons.with_changed(state, record)
        self.save_person(record.person, state)
        return persons.find_open(state, record.id)

    def rule(self, rule: str) -> Rule | None:
        """Find a rule of the ruleset in force; an open invitation's rule may be gone from it."""
        return self.compiled.rules.get(rule)

    def quota(self, rule: str) -> QuotaUse:
        """Give how much of a rule's quota is used."""
        return self.changes.quotas.get(rule) or self.state.quotas.get(rule, UNUSED)

    def quotas(self) -> Mapping[str, QuotaUse]:
        """Give all quotas at hand by rule."""
        return ChainMap(self.changes.quotas, self.state.quotas) if self.changes.quotas else self.state.quotas

    def tell(self, type_: str, subject: str, tell: Callable[..., EventData], *about: Any) -> None:
        """Add a fact for the journal, whose data is what `tell` gives of `about`."""
        self.facts.append(Fact(type_, subject, self.now, tell, about))
