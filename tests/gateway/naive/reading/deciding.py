"""Steps 1 to 6 of "Decide" and what is decided again at a release or fallback, in the order of the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.rule import ChannelStep, Rule, Variant
from tactful_rules.model.ruleset import Channel
from tactful_rules.sampling import bucket
from tests.gateway.naive.reading.disturbing import Candidate, disturbed, quota_full, stillness
from tests.gateway.naive.reading.facts import Invitation, Log, Subject, reach_of


class Said(NamedTuple):
    """What a decision says."""

    reason: str
    rule: str | None = None
    questionnaire: str | None = None
    channel: str | None = None
    again: bool = False
    not_before: Instant | None = None
    expires_at: Instant | None = None
    invitation: str | None = None
    supersedes: tuple[str, ...] = ()


def decide(log: Log, event: Event, now: Instant) -> Said:
    """Decide on a touchpoint; whatever ran out until now has been ended before."""
    ruleset = log.ruleset
    if event.touchpoint not in ruleset.touchpoints:
        return Said("unknown_touchpoint")
    vip = event.traits.get("vip") is True
    matching = [it for it in ruleset.rules if in_force(it, event.touchpoint, now) and (it.when is None or vip)]
    if not matching:
        return Said("no_rule")
    no = kept_away(log, event.person)
    if no is not None:
        return Said(no)
    opened = log.open(event.person, now)
    for one in opened:
        here = one.on_screen and one.touchpoint == event.touchpoint
        if here and (one.displayed_at is not None or now < one.held_until()):
            return Said(
                "asked",
                one.rule,
                one.questionnaire,
                one.channel,
                again=True,
                expires_at=one.expires_at,
                invitation=one.id,
            )
    if not all(one.only_scheduled() for one in opened):
        return Said("pending")
    zone = log.zone(event.person, event.timezone)[0]
    subject = Subject(log.who(event.person), event.touchpoint, zone, reach_of(ruleset, event), vip)
    scheduled = tuple(one.id for one in opened)
    first = None
    for rule in matching:
        said = try_rule(log, rule, subject, now, lambda channel: channel.on_screen or not opened, scheduled)
        if said.reason in ("asked", "sending", "deferred"):
            return said._replace(supersedes=scheduled)
        first = first or said
    return Said("pending") if opened else first or Said("no_rule")


def decide_again(log: Log, one: Invitation, now: Instant, tried: tuple[str, ...]) -> Said:
    """Decide on an invitation that is to be sent now: its rule alone, on sent channels that were not tried."""
    rule = log.rule(one.rule)
    if rule is None or not in_force(rule, one.touchpoint, now):
        return Said("no_rule")
    no = kept_away(log, one.person)
    if no is not None:
        return Said(no)
    zone = log.zone(one.person, one.zone)[0]
    subject = Subject(log.who(one.person), one.touchpoint, zone, one.addresses, one.vip, own=one)
    chain = tuple(it.id for it in log.open(one.person, now) if same_event(it, one))
    return try_rule(
        log, rule, subject, now, lambda channel: not channel.on_screen and channel.id not in tried, (*chain, one.id)
    )


def same_event(one: Invitation, other: Invitation) -> bool:
    """Tell whether two invitations of a person come of the same touchpoint event: together they get one answer."""
    return (one.touchpoint, one.event_id) == (other.touchpoint, other.event_id)


def in_force(rule: Rule, touchpoint: str, now: Instant) -> bool:
    """Tell whether a rule is enabled, inside `[from, until)` and at this touchpoint."""
    begun = rule.from_ is None or now >= rule.from_
    over = rule.until is not None and now >= rule.until
    return rule.enabled and touchpoint in rule.at and begun and not over


def kept_away(log: Log, person: str) -> str | None:
    """Step 3."""
    if "*" in log.opted_out(person):
        return "opted_out"
    if bucket("holdout", log.who(person)) < log.ruleset.settings.holdout:
        return "holdout"
    return None


def try_rule(
    log: Log,
    rule: Rule,
    subject: Subject,
    now: Instant,
    allowed: Callable[[Channel], bool],
    without: tuple[str, ...],
) -> Said:
    """Step 5, a to d."""
    no = Said("", rule.id)
    if rule.sample is not None and not bucket(f"sample/{rule.id}", subject.person) < rule.sample:
        return no._replace(reason="not_sampled")
    variant = choose_variant(log, rule, subject)
    if variant is None:
        return no._replace(reason="no_variant")
    if quota_full(log, rule, now, without):
        return no._replace(reason="quota_full")
    stage = log.ruleset.touchpoints[subject.touchpoint].stage
    candidate = Candidate(variant.ask, subject.touchpoint, stage, None)
    stop = disturbed(log, rule, subject, candidate, now)
    if stop is not None:
        return no._replace(reason=stop)
    first = None
    for step in steps_of(log, rule):
        channel = log.ruleset.channels[step.channel]
        if not allowed(channel):
            continue
        waits = not channel.on_screen and subject.own is None
        at = now + rule.delay if waits else now
        found = judge(log, rule, subject, candidate._replace(channel=channel.id), channel, at)
        if isinstance(found, int):
            return yes(rule, variant, channel, now, found)
        if found == "drop":
            return no._replace(reason="quiet_hours")
        first = first or found
    return no._replace(reason=first or "unreachable")


def steps_of(log: Log, rule: Rule) -> tuple[ChannelStep, ...]:
    """Give a rule's channels in order: all of them where it names none."""
    return rule.channels or tuple(ChannelStep(it) for it in log.ruleset.channels)


def yes(rule: Rule, variant: Variant, channel: Channel, now: Instant, at: Instant) -> Said:
    """Say which of the three kinds of yes it is."""
    reason = "deferred" if at > now else "asked" if channel.on_screen else "sending"
    not_before = at if at > now else None
    return Said(reason, rule.id, variant.ask, channel.id, not_before=not_before, expires_at=at + rule.valid_for)


def choose_variant(log: Log, rule: Rule, subject: Subject) -> Variant | None:
    """Draw among the variants whose `when` is true; the only `when` in these rulesets is `history.answers: 0`."""
    fresh = not log.of(subject.person, "answered")
    possible = [it for it in rule.variants if it.when is None or fresh]
    total = sum(it.weight for it in possible)
    reached, draw = 0.0, bucket(f"variant/{rule.id}", subject.person)
    for it in possible:
        reached += it.weight
        if reached / total > draw:
            return it
    return None


def judge(log: Log, rule: Rule, subject: Subject, candidate: Candidate, channel: Channel, at: Instant) -> str | Instant:
    """Step d for one channel: the instant at which it may be used, or why not (`drop` ends the rule)."""
    if channel.id not in subject.reach:
        return "unreachable"
    if channel.id in log.opted_out(subject.person):
        return "opted_out"
    stop = disturbed(log, rule, subject, candidate, at)
    if stop is not None:
        return stop
    still = stillness(log, rule, subject, channel, at)
    if still is None:
        return at
    return "quiet_hours" if still == "next" else still
