"""Rules: at these touchpoints, when this holds, ask that questionnaire over these channels."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from tactful_rules.model.condition import Condition
from tactful_rules.model.ids import HOUR, Instant, Span

Calendar = Literal["day", "week", "month"]
Per: TypeAlias = Span | Calendar
"""A rolling window in milliseconds, or a calendar unit."""

Ignorable = Literal["pauses", "caps", "quiet_hours"]
DEFAULT_VALID_FOR: Span = 72 * HOUR


class Variant(Struct, frozen=True, omit_defaults=True):
    """One of the questionnaires a rule may ask: by condition first, then by sticky weight."""

    ask: str
    when: Condition | None = None
    weight: float = 1.0


class ChannelStep(Struct, frozen=True, omit_defaults=True):
    """A channel in a rule's order; with `after` it is a fallback that long after the earlier one."""

    channel: str
    after: Span | None = None


class Quota(Struct, frozen=True, omit_defaults=True):
    """At most `limit` answers or asks; `per` absent counts over the rule's whole life."""

    unit: Literal["answers", "asks"]
    limit: int
    per: Per | None = None


class Reminder(Struct, frozen=True):
    """Send again that long after an unanswered message, at most `times`."""

    after: Span
    times: int = 1


class Rule(Struct, frozen=True, omit_defaults=True):
    """One rule; `channels` empty means every channel in the ruleset's order; `until` is not included."""

    id: str
    at: tuple[str, ...]
    variants: tuple[Variant, ...]
    when: Condition | None = None
    sample: float | None = None
    channels: tuple[ChannelStep, ...] = ()
    priority: float = 0
    quota: Quota | None = None
    from_: Instant | None = field(default=None, name="from")
    until: Instant | None = None
    delay: Span = 0
    valid_for: Span = DEFAULT_VALID_FOR
    enabled: bool = True
    remind: Reminder | None = None
    ignore: tuple[Ignorable, ...] = ()
