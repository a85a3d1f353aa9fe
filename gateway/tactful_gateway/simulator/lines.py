"""The lines of the decisions file: one a touchpoint, and one each time that something scheduled was decided again."""

from __future__ import annotations

from tactful_gateway.simulator.play import Released
from tactful_gateway.simulator.traffic.visit import Visit
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import Instant, rfc3339


def decision_line(visit: Visit, verdict: Verdict) -> dict[str, object]:
    """Give the line of a touchpoint."""
    return _line(visit.at, visit.person, visit.touchpoint, verdict)


def release_line(released: Released) -> dict[str, object]:
    """Give the line of a release or a fallback: it goes, waits again, or is cancelled for its reason."""
    record = released.record
    return {**_line(released.at, record.person, record.touchpoint, released.verdict), "release": True}


def _line(at: Instant, person: str, touchpoint: str, verdict: Verdict) -> dict[str, object]:
    return {
        "at": rfc3339(at),
        "person": person,
        "touchpoint": touchpoint,
        "reason": verdict.reason,
        "rule": verdict.rule,
        "questionnaire": verdict.questionnaire,
        "channel": verdict.channel,
        "again": verdict.again,
        "not_before": None if verdict.not_before is None else rfc3339(verdict.not_before),
    }
