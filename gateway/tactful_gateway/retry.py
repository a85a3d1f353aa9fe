"""When what failed on its way out is tried again: a function of what was tried, chance and the destination's wish."""

from __future__ import annotations

from tactful_rules.model.ids import HOUR, MINUTE, SECOND, Span

SCHEDULE: tuple[Span, ...] = (
    0,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""The wait before each attempt, as the Standard Webhooks specification suggests: 75 h 35 min in all."""
JITTER = 0.2
LONGEST_WISH: Span = 24 * HOUR
"""The most that a destination's `Retry-After` is honoured."""


def wait_after(attempts: int, chance: float, wish: Span | None = None) -> Span | None:
    """Give the wait in milliseconds before the next attempt, None when there is none left.

    `attempts` is how many have failed (at least 1), `chance` is uniform in [0, 1) and spreads the wait by 20 % either
    way, `wish` is the destination's `Retry-After`: the longer of both counts.
    """
    if attempts >= len(SCHEDULE):
        return None
    spread = 1 - JITTER + 2 * JITTER * chance
    return max(round(SCHEDULE[attempts] * spread), min(wish or 0, LONGEST_WISH))
