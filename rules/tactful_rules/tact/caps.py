"""Caps: at most so many asks in a rolling window or a calendar unit of the person's zone.

Asks that a skewed clock dated after `now` count too, so that no node asks more than the policy allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Cap
from tactful_rules.tact.calendar import next_unit_start, unit_start
from tactful_rules.tact.candidates import Candidate, Stop, shares


def find_cap(
    caps: Iterable[Cap], history: tuple[HistoryEvent, ...], candidate: Candidate, now: Instant, zone: tzinfo
) -> Stop | None:
    """Give the reached cap that opens last, None when none is reached.

    Whether a cap's `on` lets it stop this candidate is the caller's to look at.
    """
    longest: Stop | None = None
    for cap in caps:
        stop = _reached(cap, history, candidate, now, zone)
        if stop is not None and (longest is None or _end(stop) > _end(longest)):
            longest = stop
    return longest


def _end(stop: Stop) -> float:
    return float("inf") if stop.until is None else stop.until


def asks_within(
    cap: Cap, history: tuple[HistoryEvent, ...], candidate: Candidate, now: Instant, zone: tzinfo
) -> list[Instant]:
    """Give when the asks were that count in a cap's window, in the order of the history."""
    per = cap.per
    start = now - per + 1 if isinstance(per, int) else unit_start(per, now, zone)
    on, same = cap.on, cap.same
    return [
        event.at
        for event in history
        if event.at >= start
        and event.kind == "asked"
        and (not on or event.channel in on)
        and (same is None or shares(same, event, candidate))
    ]


def _reached(
    cap: Cap, history: tuple[HistoryEvent, ...], candidate: Candidate, now: Instant, zone: tzinfo
) -> Stop | None:
    if len(history) < cap.at_most:
        return None  # most people's, without looking at the calendar
    per, asks = cap.per, asks_within(cap, history, candidate, now, zone)
    if len(asks) < cap.at_most:
        return None
    if cap.at_most < 1:
        return Stop("capped", None, cap)
    if isinstance(per, int):  # it opens when so many have left the window that one more fits
        return Stop("capped", asks[-cap.at_most] + per, cap)
    return Stop("capped", next_unit_start(per, now, zone), cap)
