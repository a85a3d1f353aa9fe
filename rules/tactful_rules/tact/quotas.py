"""Quotas: how much of a rule's allowance is used, who has a place in it, and the ledger's ways of changing that.

An open invitation that was not counted yet holds its place until its deadline, and who holds none counts only where
one is free, so a quota is never overdrawn.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection
from datetime import tzinfo

from msgspec.structs import replace

from tactful_rules.model.ids import DAY, Instant, Span
from tactful_rules.model.person import QuotaUse
from tactful_rules.model.rule import Calendar, Per, Quota
from tactful_rules.tact.calendar import unit_start

LONGEST_UNIT: dict[Calendar, Span] = {"day": 2 * DAY, "week": 8 * DAY, "month": 32 * DAY}
"""No calendar unit of any zone is longer: a day is added for the hours that clock changes add."""


def quota_used(quota: Quota, use: QuotaUse, now: Instant, zone: tzinfo, without: Collection[str] = frozenset()) -> int:
    """Count what is used: what was counted in the quota's window, and the open invitations that hold a place.

    `zone` is the settings' time zone: a quota is the business's, not one person's. Places held by invitations in
    `without` do not count.
    """
    return quota_counted(quota, use, now, zone) + quota_held(use, now, without)


def quota_counted(quota: Quota, use: QuotaUse, now: Instant, zone: tzinfo) -> int:
    """Count the answers, or asks, that the quota's window holds for good."""
    if quota.per is None:
        return use.total
    start = now - quota.per + 1 if isinstance(quota.per, int) else unit_start(quota.per, now, zone)
    return len(use.times) - bisect_left(use.times, start)


def quota_held(use: QuotaUse, now: Instant, without: Collection[str] = frozenset()) -> int:
    """Count the places that open invitations hold, but for those in `without`."""
    return sum(1 for invitation, deadline in use.held.items() if now < deadline and invitation not in without)


def has_place(quota: Quota, use: QuotaUse, invitation: str, now: Instant, zone: tzinfo) -> bool:
    """Tell whether an invitation may count: it holds a place whose deadline has not passed, or one is free."""
    deadline = use.held.get(invitation)
    return (deadline is not None and now < deadline) or quota_used(quota, use, now, zone) < quota.limit


def hold(use: QuotaUse, quota: Quota, invitation: str, deadline: Instant, now: Instant | None = None) -> QuotaUse:
    """Reserve a place for an open invitation until its deadline; calling it again moves the deadline.

    With `now`, places whose deadline has passed are cleared away.
    """
    kept = {key: until for key, until in use.held.items() if now is None or now < until}
    return QuotaUse(use.total, use.times, {**kept, invitation: deadline}, quota.unit, quota.per)


def release(use: QuotaUse, invitation: str) -> QuotaUse:
    """Give back the place that an invitation held; one that held none changes nothing."""
    if invitation not in use.held:
        return use
    return replace(use, held={key: until for key, until in use.held.items() if key != invitation})


def count(use: QuotaUse, quota: Quota, invitation: str, now: Instant) -> QuotaUse:
    """Count one ask or answer for good; the place that its invitation held is given back.

    Instants that have left the quota's window, and places whose deadline has passed, are cleared away.
    """
    held = {key: until for key, until in use.held.items() if key != invitation and now < until}
    if quota.per is None:
        return QuotaUse(use.total + 1, (), held, quota.unit)
    times = list(use.times)
    insort(times, now)
    counted = tuple(times[bisect_left(times, now - _reach(quota.per) + 1) :])
    return QuotaUse(use.total + 1, counted, held, quota.unit, quota.per)


def _reach(per: Per) -> Span:
    return per if isinstance(per, int) else LONGEST_UNIT[per]
