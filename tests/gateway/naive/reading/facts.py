"""All that ever happened, as one flat list that is never shortened, and the invitations as slips of paper.

Nothing here is derived and kept: who is joined to whom, who opted out and what is open is found by reading the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tactful_rules.model.event import Event
from tactful_rules.model.ids import MINUTE, Instant
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Ruleset


class Happened(NamedTuple):
    """One thing that happened to a person; what it was about is empty where it was not about an invitation."""

    at: Instant
    kind: str
    """visited, asked, answered, dismissed, opted_out, opted_in, alias"""
    person: str
    invitation: str = ""
    event_id: str = ""
    rule: str = ""
    questionnaire: str = ""
    touchpoint: str = ""
    stage: str | None = None
    channel: str = ""
    zone: str | None = None
    other: str = ""
    """The anonymous id, for alias."""
    beyond: bool = False
    """Found no place in its rule's quota, so it is not counted there."""


@dataclass
class Invitation:
    """One decided ask and what became of it."""

    id: str
    person: str
    event_id: str
    touchpoint: str
    stage: str | None
    rule: str
    questionnaire: str
    channel: str
    on_screen: bool
    decided_at: Instant
    expires_at: Instant
    zone: str | None
    addresses: tuple[str, ...]
    vip: bool = False
    not_before: Instant | None = None
    fallback_at: Instant | None = None
    fallback_of: str | None = None
    tried: tuple[str, ...] = ()
    status: str = "open"
    why: str = ""
    displays: int = 0
    displayed_at: Instant | None = None
    opened_at: Instant | None = None
    answers: dict[str, object] = field(default_factory=dict)
    answered_at: Instant | None = None
    complete: bool = False
    left: bool = False
    """Closed after a first answer, before the last."""
    attempts: int = 0
    sending_until: Instant | None = None
    released_at: Instant | None = None
    recalled: bool = False
    """Not sent again, whatever becomes of the message under way."""
    sent_at: Instant | None = None
    reminded: int = 0
    remind_at: Instant | None = None

    def held_until(self) -> Instant:
        """Give until when an undisplayed on-screen one is shown again at its own touchpoint."""
        return min(self.decided_at + 30 * MINUTE, self.expires_at)

    def counts_until(self) -> Instant:
        """Give when it stops counting if nothing more happens to it."""
        if not self.on_screen or self.displayed_at is not None:
            return self.expires_at
        if self.fallback_at is None:
            return self.held_until()
        return min(max(self.fallback_at, self.decided_at + 30 * MINUTE), self.expires_at)

    def only_scheduled(self) -> bool:
        """Tell whether nothing of it was displayed or sent, nor is on its way, but it will be sent or fall back."""
        if self.on_screen:
            return self.displayed_at is None and self.fallback_at is not None
        return self.sent_at is None and self.sending_until is None


@dataclass
class Log:
    """The list, the slips and the ruleset in force."""

    ruleset: Ruleset
    happened: list[Happened] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)

    def who(self, person: str, upto: int | None = None) -> str:
        """Follow aliases to the person behind an id; with `upto`, those among the first things that happened."""
        for it in self.happened[:upto]:
            if it.kind == "alias" and it.other == person:
                return self.who(it.person, upto)
        return person

    def of(self, person: str, kind: str) -> list[Happened]:
        """Give what happened of one kind to a person, under whichever id, in order of time."""
        who = self.who(person)
        return sorted(
            (it for it in self.happened if it.kind == kind and self.who(it.person) == who), key=lambda it: it.at
        )

    def opted_out(self, person: str) -> set[str]:
        """Give the channels that a person opted out of and not in again; "*" is all of them."""
        out: dict[str, set[str]] = {}
        for place, it in enumerate(self.happened):
            mine = out.setdefault(self.who(it.person, place), set())
            if it.kind == "opted_out":
                mine.add(it.channel)
            if it.kind == "opted_in":
                mine.discard(it.channel)
            if it.kind == "alias":  # a wish taken back under one id was never the other's
                mine |= out.get(it.other, set())
        return out.get(self.who(person), set())

    def zone(self, person: str, event_zone: str | None) -> tuple[str, str]:
        """Give whose clock counts, and where it comes from: the event's, else the person's, else the settings'."""
        if event_zone is not None:
            return event_zone, "event"
        zones: dict[str, str | None] = {}
        for place, it in enumerate(self.happened):
            who = self.who(it.person, place)
            if it.kind == "visited" and it.zone is not None:
                zones[who] = it.zone
            if it.kind == "alias":  # the known person's, where there is one
                zones[who] = zones.get(who) or zones.get(it.other)
        known = zones.get(self.who(person))
        return (known, "person") if known is not None else (self.ruleset.settings.timezone, "settings")

    def open(self, person: str, now: Instant) -> list[Invitation]:
        """Give a person's open invitations."""
        who = self.who(person)
        return [
            it
            for it in self.invitations
            if self.who(it.person) == who and it.status == "open" and now < it.counts_until()
        ]

    def root(self, id_: str) -> str:
        """Give the first invitation of a touchpoint event, of which this one may be a fallback."""
        before = [it.fallback_of for it in self.invitations if it.id == id_ and it.fallback_of is not None]
        return self.root(before[0]) if before else id_

    def invitation(self, id_: str) -> Invitation:
        """Find a slip."""
        return next(it for it in self.invitations if it.id == id_)

    def rule(self, id_: str) -> Rule | None:
        """Find a rule of the ruleset in force."""
        return next((it for it in self.ruleset.rules if it.id == id_), None)

    def counted(self, kind: str, rule: Rule) -> list[Happened]:
        """Give what a rule's quota counts: the first ask or answer of each of its invitations, if it had a place."""
        first = {it.invitation: it for it in reversed(self.happened) if it.kind == kind and it.rule == rule.id}
        return [it for it in self.happened if first.get(it.invitation) is it and not it.beyond]

    def asked_over(self, one: Invitation) -> list[str]:
        """Give the channels over which an invitation asked; two where a message thought lost was taken all the same."""
        return [it.channel for it in self.happened if it.kind == "asked" and it.invitation == one.id]

    def note(self, at: Instant, kind: str, one: Invitation, channel: str = "", *, beyond: bool = False) -> None:
        """Write down that something happened to an invitation's person, over its own channel if no other is given."""
        self.happened.append(
            Happened(
                at,
                kind,
                one.person,
                one.id,
                one.event_id,
                one.rule,
                one.questionnaire,
                one.touchpoint,
                one.stage,
                channel or one.channel,
                beyond=beyond,
            )
        )


class Subject(NamedTuple):
    """Whom and what a rule is tried for: an event as it comes, or an invitation looked at again."""

    person: str
    touchpoint: str
    zone: str
    reach: tuple[str, ...]
    vip: bool
    own: Invitation | None = None
    """The invitation that is looked at again: its hold and its event's asks do not count."""


def reach_of(ruleset: Ruleset, event: Event) -> tuple[str, ...]:
    """Give the channels on which a caller can be reached: every on-screen one if it said nothing."""
    if event.reach is None:
        return tuple(it.id for it in ruleset.channels.values() if it.on_screen)
    return tuple(
        it.id
        for it in ruleset.channels.values()
        if (event.reach.get(it.id) is True if it.on_screen else isinstance(event.reach.get(it.id), str))
    )
