"""Pauses: the person is left alone for a while after an event, up to but not at `last + for`."""

from __future__ import annotations

from collections.abc import Iterable

from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Pause
from tactful_rules.tact.candidates import Candidate, Stop, shares


def find_pause(
    pauses: Iterable[Pause], history: tuple[HistoryEvent, ...], candidate: Candidate, now: Instant
) -> Stop | None:
    """Give the running pause that ends last, None when none runs. `on` is the caller's to look at."""
    if not history:
        return None
    longest: Stop | None = None
    for pause in pauses:
        kind, same = pause.after, pause.same
        for event in reversed(history):
            if event.kind == kind and (same is None or shares(same, event, candidate)):
                until = event.at + pause.for_
                if now < until and (longest is None or until > (longest.until or 0)):
                    longest = Stop("paused", until, pause)
                break  # what was before it ends before it
    return longest
