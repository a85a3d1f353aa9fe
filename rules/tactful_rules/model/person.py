"""What is kept of one person: the history and the open invitations that do-not-disturb looks at."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import MINUTE, Instant, Span
from tactful_rules.model.policy import HistoryKind
from tactful_rules.model.rule import Per

HOLD: Span = 30 * MINUTE
"""How long a decided on-screen ask may stay undisplayed before it is released unused."""

EVERY_CHANNEL = "*"


class HistoryEvent(Struct, frozen=True, gc=False, array_like=True):
    """One thing that happened between us and the person."""

    kind: HistoryKind
    at: Instant
    questionnaire: str
    touchpoint: str
    channel: str
    stage: str | None = None


class OpenInvitation(Struct, frozen=True, gc=False, array_like=True):
    """A decided ask that is not yet answered, dismissed, expired or released.

    `expires_at` is when its link dies; `displays` counts how often it was shown without a reaction. A sent one is
    `sending` while its message is on its way, and has `sent_at` once a provider took it. `fallback_at` is when another
    channel will be tried.
    """

    id: str
    rule: str
    questionnaire: str
    touchpoint: str
    channel: str
    on_screen: bool
    decided_at: Instant
    expires_at: Instant
    displayed_at: Instant | None = None
    displays: int = 0
    sent_at: Instant | None = None
    sending: bool = False
    fallback_at: Instant | None = None

    def held_until(self) -> Instant:
        """Give until when an undisplayed on-screen ask is shown again where it was decided."""
        return min(self.decided_at + HOLD, self.expires_at)

    def deadline(self) -> Instant:
        """Give the instant from which it no longer counts.

        An undisplayed on-screen ask is released after 30 minutes, or later where its fallback comes later.
        """
        if not self.on_screen or self.displayed_at is not None:
            return self.expires_at
        if self.fallback_at is None:
            return self.held_until()
        return min(max(self.fallback_at, self.decided_at + HOLD), self.expires_at)

    def scheduled(self, now: Instant) -> bool:
        """Tell whether it counts and nothing of it was displayed or sent, so that an on-screen ask may supersede it."""
        if self.on_screen:
            waits = self.displayed_at is None and self.fallback_at is not None
        else:
            waits = self.sent_at is None and not self.sending
        return waits and now < self.deadline()


class Joined(Struct, frozen=True, gc=False, array_like=True):
    """An id that turned out to be this person's, and when that became known."""

    person: str
    at: Instant


class PersonState(Struct, frozen=True, gc=False, array_like=True):
    """All that deciding knows of a person; one row in the store.

    `history` is in order of time and pruned to the longest window in force; the totals and `last_*` fields survive
    pruning. `opted_out` lists channel ids, or "*" for everything. With `alias_of` all else is kept under that id, and
    what is done under this one is done to that person. `joined` lists the ids that were joined to this one, for as long
    as decisions made under them are remembered. `last_scored` is when `last_score` was given; older rows do not say so.
    """

    history: tuple[HistoryEvent, ...] = ()
    open: tuple[OpenInvitation, ...] = ()
    opted_out: tuple[str, ...] = ()
    asks: int = 0
    answers: int = 0
    dismissals: int = 0
    last_asked: Instant | None = None
    last_answered: Instant | None = None
    last_score: float | None = None
    timezone: str | None = None
    locale: str | None = None
    alias_of: str | None = None
    joined: tuple[Joined, ...] = ()
    last_scored: Instant | None = None


class QuotaUse(Struct, frozen=True, gc=False, array_like=True):
    """How much of a rule's quota is used.

    `total` counts over the rule's whole life. `times` are the counted instants still inside the quota's window,
    ascending (kept only for quotas with `per`). `held` maps open invitations not yet counted to their deadlines.
    `unit` and `per` are those of the quota that was in force last, so that the count goes on while its rule is gone;
    older rows do not say so.
    """

    total: int = 0
    times: tuple[Instant, ...] = ()
    held: dict[str, Instant] = {}
    unit: Literal["answers", "asks"] | None = None
    per: Per | None = None


NOBODY = PersonState()
UNUSED = QuotaUse()
