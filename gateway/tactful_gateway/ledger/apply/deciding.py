"""Deciding: whoever calls again with the same event gets the same decision, and nothing new happens."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import calls
from tactful_gateway.ledger.apply.schedule.again import fallback_of
from tactful_gateway.ledger.commands import Decide, Decided, Inspect, Inspected
from tactful_gateway.store.records import MEMORY, CountKey, DecisionKey, InvitationRecord, RememberedDecision
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.decision import Reason, TimezoneSource, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import HOUR, Instant
from tactful_rules.model.person import NOBODY, PersonState
from tactful_rules.tact import timezone_of

_encode = msgspec.msgpack.Encoder().encode
INVITES: frozenset[Reason] = frozenset({"asked", "sending", "deferred"})
"""The reasons of a yes, each of which makes an invitation."""


def apply_decide(draft: Draft, command: Decide) -> Decided:
    """Decide on an event, or give the decision remembered for it."""
    event = command.event
    state = draft.person(event.person)
    if command.rehearsed:
        return Decided(*_decide(draft, command, state))
    key = _key(event)
    remembered = _remembered(draft, key, state)
    if remembered is not None:
        found = None if remembered.invitation is None else draft.invitation(remembered.invitation)
        return Decided(remembered.verdict, found, remembered=True)
    verdict, record = _decide(draft, command, state)
    # Only declared names are counted by name: a typo in a loop must not fill the table.
    touchpoint = event.touchpoint if event.touchpoint in draft.compiled.ruleset.touchpoints else ""
    counted = CountKey(draft.now // HOUR, touchpoint, verdict.rule or "", verdict.reason)
    draft.count(counted)
    kept = replace(verdict, trace=()) if verdict.trace else verdict
    draft.changes.decisions[key] = RememberedDecision(draft.now, kept, None if record is None else record.id)
    return Decided(verdict, record)


def _decide(draft: Draft, command: Decide, state: PersonState) -> tuple[Verdict, InvitationRecord | None]:
    event, before = command.event, state
    declared = event.touchpoint in draft.compiled.ruleset.touchpoints
    concerns = declared and event.device.type != "bot"
    if concerns and state.open:
        state = before = _settle(draft, event)
    verdict = decide(draft.compiled, event, state, draft.quotas(), draft.now, trace=command.trace)
    record = None
    if verdict.invitation is not None:
        record = draft.invitation(verdict.invitation)
    elif verdict.reason in INVITES:
        record, state = _invite(draft, command, verdict, state)
    if concerns:
        state = _with_place_and_language(draft, event, state, verdict.tz_source)
    if state is not before:
        draft.save_person(event.person, state)
    return verdict, record


def apply_inspect(draft: Draft, command: Inspect) -> Inspected:
    """Give what the event would be decided on, as if it were decided now: what ran out is over here, too."""
    event = command.event
    state = _settle(draft, event)
    records = {entry.id: record for entry in state.open if (record := draft.invitation(entry.id)) is not None}
    remembered = _remembered(draft, _key(event), state)
    return Inspected(draft.compiled, event.person, draft.now, state, dict(draft.quotas()), records, remembered)


def _key(event: Event) -> DecisionKey:
    return DecisionKey(event.person, event.touchpoint, event.event_id)


def _remembered(draft: Draft, key: DecisionKey, state: PersonState) -> RememberedDecision | None:
    joined = state.joined
    for same in (key, *(key._replace(person=it.person) for it in joined)) if joined else (key,):
        remembered = draft.remembered(same)
        if remembered is not None and draft.now < remembered.at + MEMORY:
            return remembered
    return None


def _settle(draft: Draft, event: Event) -> PersonState:
    """End what is over for the person, and give the state after that."""
    state = closing.settle(draft, event.person)
    for entry in state.open:
        if entry.touchpoint == event.touchpoint and entry.on_screen and entry.displays >= closing.PATIENCE:
            record = draft.invitation(entry.id)
            assert record is not None
            closing.dismiss(draft, record, draft.now)
            state = draft.person(event.person)
    return state


def _invite(
    draft: Draft, command: Decide, verdict: Verdict, state: PersonState
) -> tuple[InvitationRecord, PersonState]:
    if state.open:
        state = _supersede(draft, command.event.person, verdict.supersedes)
    record = _record(draft.compiled, command, verdict, state, draft.now)
    state = persons.with_open(state, record)
    draft.save_invitation(record)
    quotas.hold(draft, state.open[-1])
    draft.tell("invitation.created", record.person, facts.about, record)
    calls.leave(draft, record, state.open[-1])
    return record, state


def _supersede(draft: Draft, person: str, scheduled: tuple[str, ...]) -> PersonState:
    """Cancel what was only scheduled, or waits for a fallback that is due already: a new ask takes its place."""
    for entry in draft.person(person).open:
        record = draft.invitation(entry.id)
        if record is not None and (entry.id in scheduled or draft.now >= entry.deadline()):
            closing.cancel(draft, record, "superseded")
    return draft.person(person)


def _record(
    compiled: CompiledRuleset, command: Decide, verdict: Verdict, state: PersonState, now: Instant
) -> InvitationRecord:
    event, ruleset = command.event, compiled.ruleset
    assert verdict.rule is not None
    assert verdict.questionnaire is not None
    assert verdict.channel is not None
    assert verdict.expires_at is not None
    on_screen = ruleset.channels[verdict.channel].on_screen
    fallback = fallback_of(compiled.rules[verdict.rule], verdict.channel) if on_screen else None
    record = InvitationRecord(
        id=command.invitation,
        lookup=command.lookup,
        person=event.person,
        touchpoint=event.touchpoint,
        event_id=event.event_id,
        rule=verdict.rule,
        questionnaire=verdict.questionnaire,
        ruleset=compiled.version,
        channel=verdict.channel,
        on_screen=on_screen,
        decided_at=now,
        expires_at=verdict.expires_at,
        stage=ruleset.touchpoints[event.touchpoint].stage,
        locale=event.locale or event.page.locale or state.locale or ruleset.settings.locale,
        timezone=_timezone(compiled, event, state, verdict.tz_source),
    )
    # In two steps, since Python makes a dict of more than fifteen names, and takes longer than for all the rest.
    return replace(
        record,
        params=_storable(event.params),
        traits=_storable(event.traits),
        page=event.page,
        device=event.device,
        addresses=_addresses(compiled, command, verdict.rule) if fallback or not on_screen else {},
        fallback_at=None if fallback is None else now + fallback[1],
        not_before=verdict.not_before,
    )


def _addresses(compiled: CompiledRuleset, command: Decide, rule: str) -> dict[str, bytes]:
    """Give the addresses that the rule's channels may need; no others are kept."""
    order = [step.channel for step in compiled.rules[rule].channels] or compiled.ruleset.channels
    return {channel: command.addresses[channel] for channel in order if channel in command.addresses}


def _timezone(compiled: CompiledRuleset, event: Event, state: PersonState, source: TimezoneSource) -> str | None:
    """Give the zone that the caller named last, by its name; one that is none never replaces one that is."""
    return None if source == "settings" else timezone_of(event, state, compiled.zone)[0].key


def _with_place_and_language(draft: Draft, event: Event, state: PersonState, source: TimezoneSource) -> PersonState:
    # Only with persons that we keep anyway, so that a passer-by leaves no row behind.
    if state == NOBODY:
        return state
    timezone = _timezone(draft.compiled, event, state, source)
    locale = event.locale or state.locale
    if timezone == state.timezone and locale == state.locale:
        return state
    return replace(state, timezone=timezone, locale=locale)


def _storable(values: dict[str, object]) -> dict[str, object]:
    # Integers beyond 64 bits and texts with lone surrogates have no form in the store.
    if not values or _fits(values):
        return values
    return {name: value for name, value in values.items() if _fits((name, value))}


def _fits(value: object) -> bool:
    try:
        _encode(value)
    except (OverflowError, UnicodeEncodeError, TypeError):
        return False
    return True
