"""Reminders: the same invitation and link once more; quiet hours and opt-outs hold, pauses and caps do not."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import again
from tactful_gateway.ledger.apply.schedule.releasing import dispatched
from tactful_gateway.ledger.commands import Dispatch
from tactful_gateway.retry import SCHEDULE
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import EVERY_CHANNEL
from tactful_rules.model.rule import Rule
from tactful_rules.tact import timezone_of


def next_reminder(rule: Rule | None, record: InvitationRecord, after: Instant) -> Instant | None:
    """Give when the next reminder is due after a message that was accepted, None when there is none."""
    if rule is None or rule.remind is None or record.reminded >= rule.remind.times:
        return None
    at = after + rule.remind.after
    return at if at < record.expires_at else None


def remind(draft: Draft, record: InvitationRecord) -> Dispatch | None:
    """Give the reminder that is due, or have it wait for the end of a quiet stretch, or do without it."""
    at = _allowed_at(draft, record)
    if at is not None and at > draft.now:
        at = at if at < record.expires_at else None
        draft.save_open(replace(record, remind_at=at, sending_until=None))
        return None
    if at is None or record.attempts >= len(SCHEDULE):
        draft.save_open(replace(record, remind_at=None, sending_until=None))
        return None
    sending = dispatched(draft, record)
    draft.save_open(sending)
    return Dispatch(sending, record.reminded + 1)


def _allowed_at(draft: Draft, record: InvitationRecord) -> Instant | None:
    """Give the earliest instant from now on at which a reminder may go out, None for never."""
    compiled, state = draft.compiled, draft.person(record.person)
    rule = compiled.rule_at(record.touchpoint, record.rule)
    if rule is None or rule.rule.remind is None or record.reminded >= rule.rule.remind.times:
        return None
    if EVERY_CHANNEL in state.opted_out or record.channel in state.opted_out:
        return None
    quiet = compiled.quiet.get(record.channel)
    if quiet is None or "quiet_hours" in rule.rule.ignore:
        return draft.now
    zone, _ = timezone_of(again.event_of(record), state, compiled.zone)
    stretch = quiet.find(draft.now, zone, record.expires_at - draft.now)
    return draft.now if stretch is None else stretch.until
