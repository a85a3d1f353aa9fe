"""Warns of what stands in a folder to no effect; whether rules contradict or shadow each other is judged elsewhere."""

from __future__ import annotations

from tactful_rules.model.ruleset import Ruleset
from tactful_rules.source.merge import Section
from tactful_rules.source.reading.report import Report
from tactful_rules.source.reading.tree import Mapping


def warn_of_alerts(report: Report, sections: dict[str, Section]) -> None:
    """Say that alerts are read but nothing watches them yet."""
    if "alerts" in sections:
        report.warn(sections["alerts"].at, "not_yet", "this version reads `alerts` but raises none")


def warn_of_unused(report: Report, ruleset: Ruleset, sections: dict[str, Section]) -> None:
    """Warn of questionnaires that nothing asks and of channels that no rule uses."""
    if report.has_errors():
        return  # what is asked nowhere may be asked by a rule that could not be read
    asked = {variant.ask for rule in ruleset.rules for variant in rule.variants}
    _warn(report, sections, "questionnaires", asked, "no rule asks the questionnaire")
    if all(rule.channels for rule in ruleset.rules):
        used = {step.channel for rule in ruleset.rules for step in rule.channels}
        _warn(report, sections, "channels", used, "no rule uses the channel")


def _warn(report: Report, sections: dict[str, Section], name: str, used: set[str], message: str) -> None:
    node = sections[name].node if name in sections else None
    if not isinstance(node, Mapping):
        return
    for key, _ in node.entries:
        if key.text not in used:
            report.warn(key.at, f"unused_{name[:-1]}", f"{message} `{key.text}`", "remove it, or use it")
