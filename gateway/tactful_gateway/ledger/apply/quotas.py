"""Using up quotas: an open invitation holds a place until it counts or ends.

Holds that nobody gives back run out by themselves: whoever counts ignores those past their deadline. What comes of an
invitation that holds none, because it is late, counts where a place is free; else it is beyond the quota. What is open
outlives its rule, so a count goes on as its quota was last, and is right should the rule come back.
"""

from __future__ import annotations

import sys
from typing import Literal

from msgspec.structs import replace

from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.store.records import InvitationRecord
from tactful_rules import tact
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import OpenInvitation
from tactful_rules.model.rule import Quota

Unit = Literal["answers", "asks"]


def hold(draft: Draft, entry: OpenInvitation) -> None:
    """Hold a place in the quota of an open invitation's rule, if it has one, until its deadline."""
    quota = _quota(draft, entry.rule)
    if quota is not None:
        _hold(draft, quota, entry.rule, entry.id, entry.deadline())


def display(draft: Draft, record: InvitationRecord, *, is_ask: bool) -> InvitationRecord:
    """Count a first display that is an ask as `count` does; where answers count, hold its place until it expires."""
    quota = _quota(draft, record.rule)
    if quota is None:
        return record  # nearly always
    if quota.unit == "asks":
        return count(draft, record, "asks") if is_ask else record
    if record.status == "open" and _has_place(draft, quota, record):
        _hold(draft, quota, record.rule, record.id, record.expires_at)
    return record


def count(draft: Draft, record: InvitationRecord, unit: Unit) -> InvitationRecord:
    """Count an ask or an answer where the rule's quota counts those; the held place is given back.

    The record that it gives says whether there was no place any more, so that it is `beyond_quota` and not counted.
    """
    quota = _quota(draft, record.rule)
    if quota is None:
        return record  # nearly always
    if quota.unit != unit:
        if unit == "answers":
            release(draft, record.rule, record.id)  # held since a time when its quota counted answers
        return record
    beyond = not _has_place(draft, quota, record)
    if not beyond:
        draft.changes.quotas[record.rule] = tact.count(draft.quota(record.rule), quota, record.id, draft.now)
    return record if beyond == record.beyond_quota else replace(record, beyond_quota=beyond)


def release(draft: Draft, rule: str, invitation: str) -> None:
    """Give back the place that an invitation held, if it did not count yet."""
    use = draft.quota(rule)
    if invitation in use.held:
        draft.changes.quotas[rule] = tact.release(use, invitation)


def _hold(draft: Draft, quota: Quota, rule: str, invitation: str, deadline: Instant) -> None:
    draft.changes.quotas[rule] = tact.hold(draft.quota(rule), quota, invitation, deadline, draft.now)


def _has_place(draft: Draft, quota: Quota, record: InvitationRecord) -> bool:
    return tact.has_place(quota, draft.quota(record.rule), record.id, draft.now, draft.compiled.zone)


def _quota(draft: Draft, rule: str) -> Quota | None:
    found = draft.compiled.rules.get(rule)
    if found is not None and found.quota is not None:
        return found.quota
    kept = draft.quota(rule)
    # Nobody knows the number any more, so there is none to keep to.
    return None if kept.unit is None else Quota(kept.unit, sys.maxsize, kept.per)
