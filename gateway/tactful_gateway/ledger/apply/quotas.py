"""Using up quotas: an open invitation holds a place until it counts or ends.

Holds that nobody gives back run out by themselves: whoever counts ignores those past their deadline. What is open
outlives its rule, so a count goes on as its quota was last, and is right should the rule come back.
"""

from __future__ import annotations

from typing import Literal

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


def display(draft: Draft, record: InvitationRecord, *, is_ask: bool) -> None:
    """Count a first display where asks count, if it is one; where answers do, have its place held until it expires."""
    quota = _quota(draft, record.rule)
    if quota is None:
        return  # nearly always
    if quota.unit == "asks" and is_ask:
        count(draft, record.rule, record.id, "asks")
    elif quota.unit == "answers" and record.status == "open":
        _hold(draft, quota, record.rule, record.id, record.expires_at)


def count(draft: Draft, rule: str, invitation: str, unit: Unit) -> None:
    """Count an ask or an answer where the rule's quota counts those; the held place is given back."""
    quota = _quota(draft, rule)
    if quota is not None and quota.unit == unit:
        draft.changes.quotas[rule] = tact.count(draft.quota(rule), quota, invitation, draft.now)


def release(draft: Draft, rule: str, invitation: str) -> None:
    """Give back the place that an invitation held, if it did not count yet."""
    use = draft.quota(rule)
    if invitation in use.held:
        draft.changes.quotas[rule] = tact.release(use, invitation)


def _hold(draft: Draft, quota: Quota, rule: str, invitation: str, deadline: Instant) -> None:
    draft.changes.quotas[rule] = tact.hold(draft.quota(rule), quota, invitation, deadline, draft.now)


def _quota(draft: Draft, rule: str) -> Quota | None:
    found = draft.compiled.rules.get(rule)
    if found is not None and found.quota is not None:
        return found.quota
    kept = draft.quota(rule)
    return None if kept.unit is None else Quota(kept.unit, 0, kept.per)
