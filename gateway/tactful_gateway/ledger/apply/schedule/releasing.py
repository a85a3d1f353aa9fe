"""Releasing what was scheduled: decided again right before it goes, so it is sent, waits again or is cancelled."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply import closing, quotas
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import again
from tactful_gateway.ledger.apply.schedule.failing import fail
from tactful_gateway.ledger.commands import Dispatch
from tactful_gateway.retry import SCHEDULE
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import SECOND, Span
from tactful_rules.model.person import OpenInvitation

LEASE: Span = 90 * SECOND
"""How long a message may be under way before it is sent again because nobody said what became of it."""
NO_ANSWER = "nobody said what became of the message"


def release(
    draft: Draft, record: InvitationRecord, entry: OpenInvitation, fallback: str, lookup: bytes
) -> Dispatch | None:
    """Give the message of an invitation whose time has come, if it may go out now on the channel it waits on."""
    if record.attempts >= len(SCHEDULE):
        fail(draft, record, entry, NO_ANSWER, fallback, lookup)
        return None
    verdict = again.decide_now(draft, record, entry, record.tried)
    if verdict.reason not in again.GOES_OUT:
        closing.cancel(draft, record, verdict.reason)
        return None
    decided = _as_decided(draft, record, verdict)
    if verdict.reason == "deferred" or decided.channel != record.channel:
        _save(draft, decided)
        return None
    sending = dispatched(draft, decided)
    _save(draft, sending)
    return Dispatch(sending)


def dispatched(draft: Draft, record: InvitationRecord) -> InvitationRecord:
    """Give the record of a message that is under way from now on: written down before it is sent."""
    attempts, began = record.attempts + 1, record.released_at or draft.now
    sending = replace(record, attempts=attempts, released_at=began, sending_until=draft.now + LEASE)
    rule = draft.rule(record.rule)
    if attempts > 1 or rule is None or record.sent_at is not None:
        return sending
    fallback = again.fallback_of(rule, record.channel)
    return replace(sending, fallback_at=None if fallback is None else began + fallback[1])


def _as_decided(draft: Draft, record: InvitationRecord, verdict: Verdict) -> InvitationRecord:
    assert verdict.channel is not None
    assert verdict.questionnaire is not None
    assert verdict.expires_at is not None
    decided = replace(record, sending_until=None)
    if verdict.not_before is not None:
        decided = replace(decided, not_before=verdict.not_before)
    if verdict.channel != record.channel:
        decided = replace(decided, channel=verdict.channel, attempts=0, fallback_at=None)
    if record.released_at is None:
        # Nothing of it was sent yet: it asks what the rule asks now, and its life begins now.
        decided = replace(
            decided,
            questionnaire=verdict.questionnaire,
            ruleset=draft.compiled.version,
            expires_at=verdict.expires_at,
        )
    return decided


def _save(draft: Draft, record: InvitationRecord) -> None:
    entry = draft.save_open(record)
    assert entry is not None
    quotas.hold(draft, entry)
