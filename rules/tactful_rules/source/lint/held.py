"""Warns of quotas whose places are held far beyond their window: most people neither answer nor close a question."""

from __future__ import annotations

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.ids import DAY, WEEK, Span
from tactful_rules.model.rule import Calendar, Per
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report
from tactful_rules.trace import write_span

_UNITS: dict[Calendar, Span] = {"day": DAY, "week": WEEK, "month": 31 * DAY}
_WINDOWS = 2
"""As many windows of a quota an invitation must outlast."""


def warn_of_held(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of quotas of answers; an ask counts as soon as it was displayed or sent, and then holds no place."""
    for rule in folder.ruleset.rules:
        quota = rule.quota
        if quota is None or quota.per is None or quota.unit != "answers" or not rule.enabled:
            continue
        window = _length(quota.per)
        if rule.valid_for < _WINDOWS * window:
            continue
        per = quota.per if isinstance(quota.per, str) else write_span(quota.per)
        life = write_span(rule.valid_for)
        message = (
            f"who does not answer holds one of `{rule.id}`'s {quota.limit} places per {per} for `valid_for`, {life}"
        )
        hint = f"write `valid_for: {write_span(window)}` or shorter; `tactful simulate --answer-rate 30%` shows both"
        report.warn(places.of("rules", rule.id, "quota"), "held_quota", message, hint)


def _length(per: Per) -> Span:
    return per if isinstance(per, int) else _UNITS[per]
