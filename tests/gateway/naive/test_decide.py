"""One decision at a time, without a ledger: the pure `decide` and the naive one over the same history and clock."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from hypothesis import event as seen
from hypothesis import given, settings

from tactful_rules.compiled import CompiledRuleset
from tactful_rules.decide import decide, decide_again
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, MINUTE, Instant
from tactful_rules.model.person import HistoryEvent, OpenInvitation, PersonState, QuotaUse
from tests.gateway.naive.reading import deciding
from tests.gateway.naive.reading.deciding import Said
from tests.gateway.naive.reading.disturbing import within
from tests.gateway.naive.reading.facts import Happened, Invitation, Log
from tests.gateway.naive.surveys import (
    CHANNELS,
    QUESTIONNAIRES,
    REACHES,
    RULES,
    STARTS,
    TOUCHPOINTS,
    ZONES,
    rulesets,
)

ages = st.sampled_from([0, 1, 10 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, HOUR, 2 * HOUR - 1, 2 * HOUR, 20 * HOUR])
long_ages = st.sampled_from([DAY - 1, DAY, 3 * DAY - 1, 3 * DAY, 5 * DAY, 7 * DAY, 30 * DAY])


@st.composite
def logs(draw: st.DrawFn, now: Instant) -> Log:
    """Draw a ruleset and what happened to `p` and `q` until now."""
    log = Log(draw(rulesets())[0])
    for number, age in enumerate(sorted(draw(st.lists(ages | long_ages, max_size=5)), reverse=True)):
        touchpoint = draw(st.sampled_from(list(TOUCHPOINTS)))
        log.happened.append(
            Happened(
                now - age,
                draw(st.sampled_from(["asked", "asked", "answered", "dismissed"])),
                draw(st.sampled_from(["p", "p", "p", "q"])),
                f"old{number}",
                f"e{number}",
                draw(st.sampled_from(RULES)),
                draw(st.sampled_from(list(QUESTIONNAIRES))),
                touchpoint,
                TOUCHPOINTS[touchpoint].stage,
                draw(st.sampled_from(list(CHANNELS))),
            )
        )
    for channel in draw(st.just([]) | st.lists(st.sampled_from([*CHANNELS, "*"]), max_size=1)):
        log.happened.append(Happened(now, "opted_out", "p", channel=channel))
    if draw(st.booleans()):
        log.happened.append(Happened(now, "visited", "p", zone=draw(st.sampled_from(ZONES))))
    for number in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        log.invitations.append(draw(invitations(log, f"open{number}", now)))
    return log


@st.composite
def invitations(draw: st.DrawFn, log: Log, name: str, now: Instant) -> Invitation:
    """Draw an open invitation of one of the rules, in any state that an open one can be in."""
    rule = draw(st.sampled_from(log.ruleset.rules))
    channel = CHANNELS[draw(st.sampled_from([it.channel for it in rule.channels] or list(CHANNELS)))]
    age, touchpoint = draw(ages), draw(st.sampled_from(rule.at))
    one = Invitation(
        id=name,
        person=draw(st.sampled_from(["p", "p", "p", "q"])),
        event_id=f"{rule.id}-{touchpoint}",  # while one is open no other event asks there
        touchpoint=touchpoint,
        stage=TOUCHPOINTS[touchpoint].stage,
        rule=rule.id,
        questionnaire=rule.variants[0].ask,
        channel=channel.id,
        on_screen=channel.on_screen,
        decided_at=now - age,
        expires_at=now - age + rule.valid_for,
        zone=draw(st.sampled_from([None, *ZONES])),
        addresses=("sms", "email"),
    )
    if channel.on_screen:
        one.displayed_at = draw(st.sampled_from([None, now - age]))
        one.displays = 0 if one.displayed_at is None else 1
        one.fallback_at = draw(st.sampled_from([None, now - age + HOUR]))
    else:
        one.sent_at = draw(st.sampled_from([None, now - age]))
        one.sending_until = now if one.sent_at is None and draw(st.booleans()) else None
    if one.sent_at or one.displayed_at:
        log.note(now - age, "asked", one)
    return one


def state_of(log: Log, person: str, now: Instant) -> PersonState:
    """Give what the ledger would keep of a person."""
    mine = sorted(
        (it for it in log.happened if it.person == person and it.kind in ("asked", "answered", "dismissed")),
        key=lambda it: it.at,
    )
    at = {kind: [it.at for it in mine if it.kind == kind] for kind in ("asked", "answered", "dismissed")}
    return PersonState(
        history=tuple(
            HistoryEvent(it.kind, it.at, it.questionnaire, it.touchpoint, it.channel, it.stage)  # type: ignore[arg-type]
            for it in mine
        ),
        open=tuple(
            OpenInvitation(
                it.id,
                it.rule,
                it.questionnaire,
                it.touchpoint,
                it.channel,
                it.on_screen,
                it.decided_at,
                it.expires_at,
                it.displayed_at,
                it.displays,
                it.sent_at,
                it.sending_until is not None,
                it.fallback_at,
            )
            for it in log.invitations
            if it.person == person
        ),
        opted_out=tuple(sorted(log.opted_out(person))),
        asks=len(at["asked"]),
        answers=len(at["answered"]),
        dismissals=len(at["dismissed"]),
        last_asked=max(at["asked"], default=None),
        last_answered=max(at["answered"], default=None),
        timezone=log.zone(person, None)[0] if log.zone(person, None)[1] == "person" else None,
    )


def quotas_of(log: Log, now: Instant) -> dict[str, QuotaUse]:
    """Give what the ledger would keep of the quotas."""
    found = {}
    for rule in log.ruleset.rules:
        if rule.quota is None:
            continue
        kind = {"answers": "answered", "asks": "asked"}[rule.quota.unit]
        counted = [it for it in log.happened if it.kind == kind and it.rule == rule.id]
        zone = log.ruleset.settings.timezone
        times = tuple(sorted(it.at for it in counted if within(it.at, rule.quota.per, now, zone)))
        held = {
            it.id: it.counts_until()
            for it in log.invitations
            if it.rule == rule.id and it.id not in [other.invitation for other in counted]
        }
        found[rule.id] = QuotaUse(len(counted), () if rule.quota.per is None else times, held)
    return found


def as_said(verdict: Verdict) -> Said:
    """Give what both have in common."""
    return Said(
        verdict.reason,
        verdict.rule,
        verdict.questionnaire,
        verdict.channel,
        verdict.again,
        verdict.not_before,
        verdict.expires_at,
        verdict.invitation,
        tuple(sorted(verdict.supersedes)),
    )


nows = st.builds(
    lambda start, hours, rest: start + hours * HOUR + rest,
    st.sampled_from(STARTS),
    st.integers(0, 60),
    st.sampled_from([0, 0, 1, 29 * MINUTE, 30 * MINUTE, HOUR - 1]),
)


@settings(max_examples=settings().max_examples, derandomize=settings().max_examples <= 100)
@given(data=st.data(), now=nows)
def test_every_decision_is_the_naive_one(data: st.DataObject, now: Instant) -> None:
    log = data.draw(logs(now))
    event = Event(
        touchpoint=data.draw(st.sampled_from(list(TOUCHPOINTS))),
        person="p",
        event_id="new",
        reach=data.draw(st.sampled_from(REACHES)),
        timezone=data.draw(st.sampled_from([None, *ZONES])),
        traits=data.draw(st.sampled_from([{}, {"vip": True}])),
    )
    ours = deciding.decide(log, event, now)
    compiled = CompiledRuleset(log.ruleset)
    theirs = as_said(decide(compiled, event, state_of(log, "p", now), quotas_of(log, now), now))
    seen(ours.reason)
    assert theirs == ours, f"decide says {theirs}, the list says {ours}"


@settings(max_examples=settings().max_examples, derandomize=settings().max_examples <= 100)
@given(data=st.data(), now=nows)
def test_every_release_is_the_naive_one(data: st.DataObject, now: Instant) -> None:
    log = data.draw(logs(now))
    one = data.draw(invitations(log, "released", now))
    one.person = "p"
    log.invitations.append(one)
    chain = [it for it in log.invitations if it.person == "p" and deciding.same_event(it, one)]
    for first, then in pairwise(chain):
        then.fallback_of = first.id
    # An ask is known for the event's own by its instant, so nothing else asks at the very same millisecond.
    instants = {at for it in chain for at in (it.sent_at, it.displayed_at)}
    log.happened[:] = [it for it in log.happened if it.event_id == one.event_id or it.at not in instants]
    tried = data.draw(st.sampled_from([(), ("sms",), ("email",), ("web", "app", "sms")]))
    ours = deciding.decide_again(log, one, now, tried)
    event: Any = Event(
        touchpoint=one.touchpoint,
        person="p",
        event_id="e",
        reach=dict.fromkeys(one.addresses, "somewhere"),
        timezone=one.zone,
    )
    state = state_of(log, "p", now)
    invitation = next(it for it in state.open if it.id == one.id)
    compiled = CompiledRuleset(log.ruleset)
    verdict = decide_again(compiled, event, state, quotas_of(log, now), now, invitation=invitation, tried=tried)
    theirs = as_said(verdict)
    seen(ours.reason)
    assert theirs == ours, f"decide says {theirs}, the list says {ours}"
