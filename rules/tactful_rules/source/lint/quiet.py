"""Warns of channels that are quiet around the clock, of nights that a policy forgot, and of quiet times without effect.

Who writes a policy replaces the default one wholly, and so its nights: only `quiet_hours: []` says that this is meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.model.policy import QuietHours
from tactful_rules.model.ruleset import Channel
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report, listing
from tactful_rules.source.sections.policy import WEEKDAYS

_DAY = 24 * 60
_WEEK = 7 * _DAY


def warn_of_quiet(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of each of them; the default policy is nobody's mistake."""
    ruleset = folder.ruleset
    policy, channels = ruleset.do_not_disturb, ruleset.channels
    if folder.default_policy:
        return
    _warn_of_nights(report, folder, places)
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


def _warn_of_nights(report: Report, folder: SurveyFolder, places: Places) -> None:
    ruleset = folder.ruleset
    policy = ruleset.do_not_disturb
    if not (policy.pauses or policy.caps) or policy.quiet_hours or ("do_not_disturb", "quiet_hours") in places:
        return
    heeding = [rule for rule in ruleset.rules if "quiet_hours" not in rule.ignore]
    used = {step.channel for rule in heeding for step in rule.channels}
    everywhere = any(not rule.channels for rule in heeding)
    sent = [name for name, it in ruleset.channels.items() if not it.on_screen and (everywhere or name in used)]
    if sent:
        message = f"`do_not_disturb` has no `quiet_hours`, so {listing(sent)} may send at night, too"
        hint = 'write `quiet_hours: [{from: "21:00", to: "08:00"}]`, or `quiet_hours: []` where that is meant'
        report.warn(places.of("do_not_disturb"), "no_quiet_hours", message, hint)


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
