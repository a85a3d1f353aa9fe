"""Fallbacks: another channel for whom the first one did not reach; a no leaves everything as it was, and is final."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, facts, persons, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import again, calls
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.decision import Verdict
from tactful_rules.model.person import OpenInvitation


def fall_back(draft: Draft, record: InvitationRecord, entry: OpenInvitation, invitation: str, lookup: bytes) -> None:
    """Have an invitation that did not reach the person followed by one on a later channel, if that may be.

    What is followed ends where nothing of it was displayed or sent; else the first answer to either ends both.
    """
    untouched = record.displayed_at is None and record.sent_at is None
    if follow(draft, record, entry, invitation, lookup) and untouched:
        closing.cancel(draft, record, "superseded")
    else:
        draft.save_open(replace(record, fallback_at=None))


def follow(draft: Draft, record: InvitationRecord, entry: OpenInvitation, invitation: str, lookup: bytes) -> bool:
    """Make the invitation that follows another one on a later channel; False where there is none or it may not be."""
    rule = draft.rule(record.rule)
    later = None if rule is None else again.fallback_of(rule, record.channel)
    if later is None:
        return False
    tried, _ = later
    verdict = again.decide_now(draft, record, entry, tried)
    if verdict.reason not in again.GOES_OUT:
        return False
    made = _follower(draft, record, verdict, tried, invitation, lookup)
    draft.save_invitation(made)
    state = persons.with_open(draft.person(made.person), made)
    draft.save_person(made.person, state)
    quotas.hold(draft, state.open[-1])
    draft.tell("invitation.created", made.person, facts.about, made)
    calls.leave(draft, made, state.open[-1])
    return True


def _follower(
    draft: Draft, record: InvitationRecord, verdict: Verdict, tried: tuple[str, ...], invitation: str, lookup: bytes
) -> InvitationRecord:
    assert verdict.channel is not None
    assert verdict.questionnaire is not None
    assert verdict.expires_at is not None
    return InvitationRecord(
        id=invitation,
        lookup=lookup,
        person=record.person,
        touchpoint=record.touchpoint,
        event_id=record.event_id,
        rule=record.rule,
        questionnaire=verdict.questionnaire,
        ruleset=draft.compiled.version,
        channel=verdict.channel,
        on_screen=False,
        decided_at=draft.now,
        expires_at=verdict.expires_at,
        stage=record.stage,
        locale=record.locale,
        timezone=record.timezone,
        params=record.params,
        traits=record.traits,
        page=record.page,
        device=record.device,
        addresses=record.addresses,
        sealed_for=record.sealed_for or record.id,
        tried=tried,
        fallback_of=record.id,
        asked=record.asked if record.sent_at is None else (*record.asked, record.sent_at),
        not_before=verdict.not_before,
    )
