"""Decisions: the closed list of reasons, what deciding yields, and what a caller gets."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from tactful_rules.model.ids import Instant

Reason = Literal[
    "asked",
    "sending",
    "deferred",
    "unknown_touchpoint",
    "bot",
    "no_rule",
    "opted_out",
    "holdout",
    "pending",
    "not_sampled",
    "no_variant",
    "quota_full",
    "paused",
    "capped",
    "unreachable",
    "quiet_hours",
    "unavailable",
    "off",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
ASKING: tuple[Reason, ...] = ("asked", "sending", "deferred")
"""Reasons of a decision that made an invitation, or gives one again."""
SDK_REASONS: frozenset[str] = frozenset({"unavailable", "off"})
"""Reasons that only the SDK gives; the gateway never does."""

TimezoneSource = Literal["event", "person", "settings"]


class Step(Struct, frozen=True, omit_defaults=True):
    """One line of a trace: what one step of `decide` found for one rule (or for no rule in particular).

    `ok` is False where the step ended the rule, or a channel was not free. `until` is when what is in the way ends,
    where that is known: a pause, a cap, a quiet stretch, a delay.
    `detail` says it for a human.
    """

    step: str
    ok: bool
    rule: str | None = None
    reason: Reason | None = None
    channel: str | None = None
    until: Instant | None = None
    detail: str = ""


class Verdict(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What `decide` yields. `invitation` is set when an open one is to be returned again.

    `expires_at` is the new invitation's; a `deferred` one is sent at `not_before` or later. `supersedes` are the
    scheduled invitations that an on-screen ask cancels. `until` is when what stopped the ask ends (for `paused`,
    `capped` and `quiet_hours`, where it can be known from the clock alone). `limit` is the entry of do-not-disturb that
    stopped the ask, had it wait, or sent it over a later channel: `pauses[0]`.
    """

    reason: Reason
    rule: str | None = None
    questionnaire: str | None = None
    channel: str | None = None
    again: bool = False
    invitation: str | None = None
    not_before: Instant | None = None
    expires_at: Instant | None = None
    until: Instant | None = None
    limit: str | None = None
    supersedes: tuple[str, ...] = ()
    tz_source: TimezoneSource = "settings"
    trace: tuple[Step, ...] = ()

    @property
    def ask(self) -> bool:
        """Whether the caller shows something now."""
        return self.reason == "asked"


class Invitation(Struct, frozen=True, kw_only=True):
    """A decided ask as a caller sees it; its `repr` hides the token, which is all that answering takes.

    `questionnaire` is localised and ready for the widget; `status` is `open` unless it was closed in the meantime
    (`answered`, `dismissed`, `expired`, `cancelled`). `url` is its hosted page, "" where the gateway does not know how
    browsers reach it. Times are RFC 3339 in UTC. `words` are what the widget says by
    itself (`next`, `send`, `thanks`, ...) in the invitation's locale.
    """

    id: str
    token: str
    url: str
    expires_at: str
    status: str = "open"
    locale: str = ""
    questionnaire: dict[str, Any] = {}
    params: dict[str, Any] = {}
    words: dict[str, str] = {}

    def __repr__(self) -> str:
        """Give what is safe to print and to log, without what fills the screen."""
        url = self.url.replace(self.token, "***") if self.token else self.url
        asked = self.questionnaire.get("id")
        return (
            f"Invitation(id={self.id!r}, token='***', url={url!r}, expires_at={self.expires_at!r}, "
            f"status={self.status!r}, locale={self.locale!r}, questionnaire={{'id': {asked!r}, ...}})"
        )


class Decision(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """The answer to a touchpoint, on the wire and in the SDK. `ask` is true only for reason `asked`.

    `until` (RFC 3339) is when a running pause, a reached cap or a quiet stretch ends, where known. `trace` comes only
    when asked for.
    """

    ask: bool
    reason: Reason
    touchpoint: str
    event_id: str
    rule: str | None = None
    questionnaire: str | None = None
    channel: str | None = None
    again: bool = False
    not_before: str | None = None
    until: str | None = None
    tz_source: TimezoneSource | None = None
    rejected_params: tuple[str, ...] = ()
    invitation: Invitation | None = None
    trace: tuple[Step, ...] | msgspec.UnsetType = msgspec.UNSET
