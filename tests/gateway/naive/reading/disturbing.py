"""Pauses, caps, quotas and quiet hours, each asked anew by walking the list of all that happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tactful_rules.model.ids import MINUTE, Instant
from tactful_rules.model.rule import Per, Rule
from tactful_rules.model.ruleset import Channel
from tests.gateway.naive.reading.facts import Happened, Invitation, Log, Subject
from tests.gateway.naive.reading.wall import end_of_quiet, quiet, same_unit

UNITS = {"answers": "answered", "asks": "asked"}
"""What happens when a quota counts one."""


class Candidate(NamedTuple):
    """What would be asked; `channel` is None before one is chosen."""

    questionnaire: str
    touchpoint: str
    stage: str | None
    channel: str | None


def alike(it: Happened, same: str | None, candidate: Candidate) -> bool:
    """Tell whether something that happened shares what a pause or cap looks at; what is absent is shared by nobody."""
    if same is None:
        return True
    theirs, ours = getattr(it, same), getattr(candidate, same)
    return theirs is not None and theirs == ours


def judged_here(on: tuple[str, ...], same: str | None, channel: str | None) -> bool:
    """Tell whether a pause or cap is judged in step c (`channel` None) or for this channel in step d."""
    if on:
        return channel in on
    return (same == "channel") == (channel is not None)


def within(at: Instant, per: Per | None, now: Instant, zone: str) -> bool:
    """Tell whether an instant lies in the window that ends now; without a window, everything does."""
    if per is None:
        return True
    if isinstance(per, str):
        return same_unit(at, now, per, zone)
    return now - per < at <= now


def past(log: Log, subject: Subject, kind: str) -> list[Happened]:
    """Give what happened to the person, without the asks of the very event that is looked at again."""
    own = subject.own
    return [
        it
        for it in log.of(subject.person, kind)
        if not (own is not None and kind == "asked" and log.root(it.invitation) == log.root(own.id))
    ]


def disturbed(log: Log, rule: Rule, subject: Subject, candidate: Candidate, now: Instant) -> str | None:
    """Say `paused` or `capped`: over all channels, or for the candidate's own."""
    policy = log.ruleset.do_not_disturb
    for pause in policy.pauses if "pauses" not in rule.ignore else ():
        if judged_here(pause.on, pause.same, candidate.channel):
            events = [it for it in past(log, subject, pause.after) if alike(it, pause.same, candidate)]
            if events and now < events[-1].at + pause.for_:
                return "paused"
    for cap in policy.caps if "caps" not in rule.ignore else ():
        if judged_here(cap.on, cap.same, candidate.channel):
            asks = [
                it
                for it in past(log, subject, "asked")
                if alike(it, cap.same, candidate)
                and (not cap.on or it.channel in cap.on)
                and within(it.at, cap.per, now, subject.zone)
            ]
            if len(asks) >= cap.at_most:
                return "capped"
    return None


def quota_full(log: Log, rule: Rule, now: Instant, without: Sequence[str] = ()) -> bool:
    """Count what a rule's quota counts, and the open invitations that may still come to count."""
    if rule.quota is None:
        return False
    counted = log.counted(UNITS[rule.quota.unit], rule)
    inside = [it for it in counted if within(it.at, rule.quota.per, now, log.ruleset.settings.timezone)]
    held = [it for it in holders(log, rule, now) if it.id not in without]
    return len(inside) + len(held) >= rule.quota.limit


def holders(log: Log, rule: Rule, now: Instant) -> list[Invitation]:
    """Give the open invitations that hold a place in a rule's quota: they did not come to count yet, and still may."""
    kind = UNITS[rule.quota.unit] if rule.quota is not None else ""
    counted = [it.invitation for it in log.counted(kind, rule)]
    opened = [it for it in log.invitations if it.rule == rule.id and it.status == "open" and now < it.counts_until()]
    return [it for it in opened if it.id not in counted]


def beyond_quota(log: Log, one: Invitation, kind: str, now: Instant) -> bool:
    """Tell whether an ask or answer that happens now is not counted: its invitation has no place, and none is free."""
    rule = log.rule(one.rule)
    if rule is None or rule.quota is None or UNITS[rule.quota.unit] != kind:
        return False  # no quota, or no number to keep to while the rule is gone
    if any(it.invitation == one.id and it.kind == kind for it in log.happened):
        return False  # the first one was judged
    return one not in holders(log, rule, now) and quota_full(log, rule, now)


def stillness(log: Log, rule: Rule, subject: Subject, channel: Channel, at: Instant) -> str | Instant | None:
    """Say what quiet hours mean for a channel at an instant: None (nothing), `drop`, `next`, or until when to wait."""
    if "quiet_hours" in rule.ignore:
        return None
    policy = log.ruleset.do_not_disturb
    found = quiet(policy, channel, at // MINUTE, subject.zone)
    if not found:
        return None
    if "drop" in found:
        return "drop"
    if "next" in found or channel.on_screen:
        return "next"
    end = end_of_quiet(policy, channel, at // MINUTE, subject.zone, (at + rule.valid_for) // MINUTE)
    if end is None or end * MINUTE > at + rule.valid_for:
        return "next"
    return end * MINUTE
