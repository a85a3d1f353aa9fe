"""Instants as people and JSON write them."""

from __future__ import annotations

from tactful_gateway.explanation.model import ExplainedStep
from tactful_rules.model.decision import Step
from tactful_rules.model.ids import Instant, rfc3339


def write_time(at: Instant | None) -> str | None:
    """Write an instant as RFC 3339, None as it is."""
    return None if at is None else rfc3339(at)


def write_step(step: Step) -> ExplainedStep:
    """Give a step of the trace with its time written."""
    return ExplainedStep(step.step, step.ok, step.reason, step.channel, write_time(step.until), step.detail)
