"""Instants as people and JSON write them."""

from __future__ import annotations

from datetime import tzinfo

from tactful_gateway.explanation.model import ExplainedStep
from tactful_rules.model.decision import Step
from tactful_rules.model.ids import MINUTE, Instant, rfc3339, to_datetime


def write_time(at: Instant | None) -> str | None:
    """Write an instant as RFC 3339, None as it is."""
    return None if at is None else rfc3339(at)


def write_local(at: Instant, zone: tzinfo) -> str:
    """Write an instant as a clock of the zone shows it, with its distance from UTC: `2026-03-08 08:00-04:00`."""
    local = to_datetime(at).astimezone(zone)
    return local.isoformat(" ", "minutes" if at % MINUTE == 0 else "seconds")


def write_step(step: Step) -> ExplainedStep:
    """Give a step of the trace with its time written."""
    return ExplainedStep(step.step, step.ok, step.reason, step.channel, write_time(step.until), step.detail)
