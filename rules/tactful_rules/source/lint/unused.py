"""Warns of what nothing uses: touchpoints, questionnaires, channels, and alerts, which nothing watches yet."""

from __future__ import annotations

from collections.abc import Iterable

from tactful_rules.model.folder import SurveyFolder
from tactful_rules.source.lint.places import Places
from tactful_rules.source.merge import Section
from tactful_rules.source.reading.report import Report


def warn_of_alerts(report: Report, sections: dict[str, Section]) -> None:
    """Say that alerts are read but nothing watches them yet."""
    if "alerts" in sections:
        report.warn(sections["alerts"].at, "not_yet", "this version reads `alerts` but raises none")


def warn_of_unused(report: Report, folder: SurveyFolder, places: Places) -> None:
    """Warn of touchpoints at which no rule is, questionnaires that nothing asks and channels that no rule uses."""
    ruleset = folder.ruleset
    named = {touchpoint for rule in ruleset.rules for touchpoint in rule.at}
    for touchpoint in ruleset.touchpoints.keys() - named if named else ():  # without any rule, none was forgotten
        message, hint = (
            f"no rule is at the touchpoint `{touchpoint}`, so nobody is asked there",
            "write one, or remove it",
        )
        report.warn(places.of("touchpoints", touchpoint), "unused_touchpoint", message, hint)
    asked = {variant.ask for rule in ruleset.rules for variant in rule.variants}
    _warn(report, places, "questionnaires", ruleset.questionnaires.keys() - asked, "no rule asks the questionnaire")
    if all(rule.channels for rule in ruleset.rules):
        used = {step.channel for rule in ruleset.rules for step in rule.channels}
        _warn(report, places, "channels", ruleset.channels.keys() - used, "no rule uses the channel")


def _warn(report: Report, places: Places, section: str, unused: Iterable[str], message: str) -> None:
    for name in unused:
        if (section, name) in places:  # else it is the channel of folders without any
            report.warn(
                places.of(section, name), f"unused_{section[:-1]}", f"{message} `{name}`", "remove it, or use it"
            )
