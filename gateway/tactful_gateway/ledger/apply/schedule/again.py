"""Deciding again on an invitation, from what its record kept of the event."""

from __future__ import annotations

from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.decide import decide_again
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Span
from tactful_rules.model.person import OpenInvitation
from tactful_rules.model.rule import Rule

GOES_OUT = frozenset({"sending", "deferred"})
"""The reasons of a yes on a channel that sends."""


def decide_now(draft: Draft, record: InvitationRecord, entry: OpenInvitation, tried: tuple[str, ...]) -> Verdict:
    """Decide whether an invitation, or a fallback of it, may go out now, and over which channel not in `tried`."""
    draft.again = verdict = decide_again(
        draft.compiled,
        event_of(record),
        draft.person(record.person),
        draft.quotas(),
        draft.now,
        invitation=entry,
        tried=tried,
        asked=record.asked,
    )
    return verdict


def event_of(record: InvitationRecord) -> Event:
    """Give the event as it was kept; of an address it says only that there is one."""
    return Event(
        touchpoint=record.touchpoint,
        person=record.person,
        event_id=record.event_id,
        params=record.params,
        traits=record.traits,
        reach=dict.fromkeys(record.addresses, "sealed"),
        page=record.page,
        device=record.device,
        locale=record.locale,
        timezone=record.timezone,
    )


def fallback_of(rule: Rule, channel: str) -> tuple[tuple[str, ...], Span] | None:
    """Give the fallback of a channel that was taken: the channels before it, and how long after that it comes."""
    before: list[str] = []
    for step in rule.channels:
        if step.after is not None and channel in before:
            return tuple(before), step.after
        before.append(step.channel)
    return None
