"""What can't be sent, for good: the invitation is over, and its fallback need not wait any longer."""

from __future__ import annotations

from tactful_gateway.ledger.apply import closing
from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.apply.schedule import calls
from tactful_gateway.ledger.apply.schedule.falling_back import follow
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.person import OpenInvitation


def fail(
    draft: Draft, record: InvitationRecord, entry: OpenInvitation, error: str, fallback: str, lookup: bytes
) -> None:
    """End an invitation that could not be sent; `fallback` and `lookup` name the one that may follow it."""
    closing.fail(draft, record, error)
    if calls.may_fall_back(record):
        follow(draft, record, entry, fallback, lookup)
