"""What is about to be asked, and why tact says no: the two ends of every pause and cap."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tactful_rules.model.ids import Instant
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Cap, Pause, Same


class Candidate(Struct, frozen=True, gc=False):
    """An ask that is being weighed; `channel` is None as long as no channel has been looked at."""

    questionnaire: str
    touchpoint: str
    stage: str | None = None
    channel: str | None = None


class Stop(Struct, frozen=True, gc=False):
    """What keeps us from asking: a running pause or a reached cap.

    `until` is when it ends if nothing else happens, None for never.
    """

    reason: Literal["paused", "capped"]
    until: Instant | None
    by: Pause | Cap


def shares(same: Same, event: HistoryEvent, candidate: Candidate) -> bool:
    """Tell whether a past event has the same as a candidate; having no stage is not sharing one."""
    value = getattr(candidate, same)
    return value is not None and value == getattr(event, same)
