"""Deciding: whoever calls again with the same event gets the same decision, and nothing new happens."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Decide, Decided, Inspect, Inspected
from tactful_gateway.store.records import CountKey, DecisionKey, InvitationRecord, RememberedDecision
from tactful_rules.decide import decide
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, Span
from tactful_rules.model.person import NOBODY
from tactful_rules.tact import timezone_of

MEMORY: Span = DAY
"""How long the same event gets the same decision."""


def apply_decide(draft: Draft, command: Decide) -> Decided:
    """Decide on an event, or give the decision remembered for it."""
    event = command.event
    key = _key(event)
    remembered = _remembered(draft, key)
    if remembered is not None:
        found = None if remembered.invitation is None else draft.invitation(remembered.invitation)
        return Decided(remembered.verdict, found)
    if _concerns_the_person(draft, event):
        _settle(draft, event)
    verdict = decide(draft.compiled, event, draft.person(event.person), draft.quotas(), draft.now, trace=command.trace)
    record = _invitation(draft, command, verdict)
    _keep_place_and_language(draft, event)
    # Only declared names are counted by name: a typo in a loop must not fill the table.
    touchpoint = event.touchpoint if event.touchpoint in draft.compiled.ruleset.touchpoints else ""
    draft.changes.counts[CountKey(draft.now // HOUR, touchpoint, verdict.rule or "", verdict.reason)] = 1
    kept = replace(verdict, trace=()) if verdict.trace else verdict
    draft.changes.decisions[key] = RememberedDecision(draft.now, kept, None if record is None else record.id)
    return Decided(verdict, record)


def apply_inspect(draft: Draft, command: Inspect) -> Inspected:
    """Give what the event would be decided on, as if it were decided now: what ran out is over here, too."""
    event = command.event
    if _concerns_the_person(draft, event):
        _settle(draft, event)
    return Inspected(
        draft.compiled, draft.now, draft.person(event.person), dict(draft.quotas()), _remembered(draft, _key(event))
    )


def _key(event: Event) -> DecisionKey:
    return DecisionKey(event.person, event.touchpoint, event.event_id)


def _remembered(draft: Draft, key: DecisionKey) -> RememberedDecision | None:
    remembered = draft.loaded.decisions.get(key)
    return remembered if remembered is not None and draft.now < remembered.at + MEMORY else None


def _concerns_the_person(draft: Draft, event: Event) -> bool:
    return event.touchpoint in draft.compiled.ruleset.touchpoints and event.device.type != "bot"


def _settle(draft: Draft, event: Event) -> None:
    closing.settle(draft, event.person)
    for entry in draft.person(event.person).open:
        if entry.touchpoint == event.touchpoint and entry.on_screen and entry.displays >= closing.PATIENCE:
            record = draft.invitation(entry.id)
            assert record is not None
            closing.dismiss(draft, record, draft.now)


def _invitation(draft: Draft, command: Decide, verdict: Verdict) -> InvitationRecord | None:
    if verdict.invitation is not None:
        return draft.invitation(verdict.invitation)
    if not verdict.ask:
        return None
    record = _record(draft, command, verdict)
    state = persons.with_open(draft.person(record.person), record)
    draft.save_person(record.person, state)
    draft.save_invitation(record)
    quotas.hold(draft, record.rule, record.id, state.open[-1].deadline())
    draft.tell("invitation.created", record.person, facts.about, record)
    return record


def _record(draft: Draft, command: Decide, verdict: Verdict) -> InvitationRecord:
    event, ruleset = command.event, draft.compiled.ruleset
    assert verdict.rule is not None
    assert verdict.questionnaire is not None
    assert verdict.channel is not None
    assert verdict.expires_at is not None
    return InvitationRecord(
        id=command.invitation,
        lookup=command.lookup,
        person=event.person,
        touchpoint=event.touchpoint,
        event_id=event.event_id,
        rule=verdict.rule,
        questionnaire=verdict.questionnaire,
        ruleset=draft.compiled.version,
        channel=verdict.channel,
        on_screen=ruleset.channels[verdict.channel].on_screen,
        decided_at=draft.now,
        expires_at=verdict.expires_at,
        stage=ruleset.touchpoints[event.touchpoint].stage,
        locale=event.locale or event.page.locale or draft.person(event.person).locale or ruleset.settings.locale,
        timezone=_timezone(draft, event),
        params=_storable(event.params),
        traits=_storable(event.traits),
        page=event.page,
        device=event.device,
    )


def _timezone(draft: Draft, event: Event) -> str | None:
    """Give the zone that the caller named last, by its name; one that is none never replaces one that is."""
    zone, source = timezone_of(event, draft.person(event.person), draft.compiled.ruleset.settings)
    return None if source == "settings" else zone.key


def _keep_place_and_language(draft: Draft, event: Event) -> None:
    # Only with persons that we keep anyway, so that a passer-by leaves no row behind.
    state = draft.person(event.person)
    if state == NOBODY or not _concerns_the_person(draft, event):
        return
    timezone = _timezone(draft, event)
    locale = event.locale or state.locale
    if (timezone, locale) != (state.timezone, state.locale):
        draft.save_person(event.person, replace(state, timezone=timezone, locale=locale))


def _storable(values: dict[str, object]) -> dict[str, object]:
    # Integers beyond 64 bits and texts with lone surrogates have no form in the store.
    return {name: value for name, value in values.items() if _fits(name, value)}


def _fits(name: str, value: object) -> bool:
    try:
        msgspec.msgpack.encode((name, value))
    except (OverflowError, UnicodeEncodeError, TypeError):
        return False
    return True
