"""Warns of channels that are quiet around the clock, and of quiet times for channels that send where none does."""

from __future__ import annotations

from collections.abc import Iterable

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.policy import QuietHours
from tactful_rules.model.ruleset import Channel
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report
from tactful_rules.source.sections.policy import WEEKDAYS

_DAY = 24 * 60
_WEEK = 7 * _DAY


def warn_of_quiet(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of each of them; the default policy is nobody's mistake."""
    ruleset = folder.ruleset
    policy, channels = ruleset.do_not_disturb, ruleset.channels
    if folder.default_policy:
        return
    for channel in channels.values():
        hours = [hours for hours in policy.quiet_hours if _is_on(hours, channel)]
        if _is_whole_week(hours) and any("quiet_hours" not in rule.ignore for rule in ruleset.rules):
            message = f"`{channel.id}` is quiet around the clock, so nothing is ever asked over it"
            report.warn(places.of("do_not_disturb", "quiet_hours"), "always_quiet", message, "leave some time free")
    if all(channel.on_screen for channel in channels.values()):
        for key, written in (("quiet_hours", policy.quiet_hours), ("holidays", policy.holidays)):
            if any(not quiet.on for quiet in written):
                message = f"`{key}` without `on` are for channels that send, and there is none"
                report.warn(places.of("do_not_disturb", key), "no_effect", message, "name channels under `on`")


def _is_on(hours: QuietHours, channel: Channel) -> bool:
    return channel.id in hours.on if hours.on else not channel.on_screen


def _is_whole_week(hours: Iterable[QuietHours]) -> bool:
    """Tell whether windows leave no minute of a week that has no change of clocks."""
    quiet: set[int] = set()
    for window in hours:
        end = window.to if window.from_ < window.to else window.to + _DAY
        for day in window.days or WEEKDAYS:
            start = WEEKDAYS.index(day) * _DAY
            quiet.update(minute % _WEEK for minute in range(start + window.from_, start + end))
    return len(quiet) == _WEEK
