"""What an invitation's link is still good for: pure, for the ledger and for the page behind it.

A message that nobody knows the fate of may have arrived. Withdrawn or failed, its link therefore works until the person
has had their word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tactful_gateway.store.records import InvitationRecord, Withdrawal
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent

_FINAL: tuple[Withdrawal, ...] = ("answered", "dismissed", "opted_out")
"""What the person said elsewhere: an answer, a no, or to be left alone."""


def withdrawn(record: InvitationRecord, history: Sequence[HistoryEvent], horizon: Instant) -> Withdrawal | None:
    """Say why a cancelled invitation has nothing to ask any more; None for any other, and for one that still has.

    `history` is its person's, of which nothing before `horizon` counts.
    """
    if record.status != "cancelled":
        return None
    if record.released_at is None or record.why in _FINAL:
        return record.why
    return word_since(history, record.touchpoint, max(record.decided_at, horizon))


def word_since(
    history: Sequence[HistoryEvent], touchpoint: str, since: Instant
) -> Literal["answered", "dismissed"] | None:
    """Say whether a person has answered at a touchpoint since then, or else said no there."""
    kinds = {event.kind for event in history if event.touchpoint == touchpoint and event.at >= since}
    if "answered" in kinds:
        return "answered"
    return "dismissed" if "dismissed" in kinds else None
