"""Warns of what stands in a folder to no effect; of rules that shadow others it knows only the exact cases."""

from __future__ import annotations

from collections.abc import Collection

from tactful_rules.model.rule import Rule
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


def warn_of_shadowed(report: Report, ruleset: Ruleset, sections: dict[str, Section]) -> None:
    """Warn of rules that an earlier one with the same or no `when` always comes before."""
    if report.has_errors():
        return
    policy = ruleset.do_not_disturb
    sames = [*(pause.same for pause in policy.pauses), *(cap.same for cap in policy.caps)]
    by_questionnaire = "questionnaire" in sames
    earlier: dict[str, list[Rule]] = {}
    for rule in (rule for rule in ruleset.rules if rule.enabled and rule.at):
        for first in earlier.get(rule.at[0], ()):
            if _shadows(first, rule, ruleset.channels, by_questionnaire=by_questionnaire):
                node = sections["rules"].node
                at = (
                    next(key.at for key, _ in node.entries if key.text == rule.id)
                    if isinstance(node, Mapping)
                    else None
                )
                message = f"the rule `{rule.id}` never wins: `{first.id}` comes first wherever it applies"
                report.warn(at or sections["rules"].at, "shadowed", message, "remove it, or give the first a `when`")
                break
        if _always_wins(rule):
            for touchpoint in rule.at:
                earlier.setdefault(touchpoint, []).append(rule)


def _always_wins(rule: Rule) -> bool:
    """Tell whether whatever lets a later rule ask lets this one, once its `when` holds."""
    limited = rule.sample is not None or rule.quota is not None or rule.from_ is not None or rule.until is not None
    fallback = any(step.after is not None for step in rule.channels)
    return not (limited or fallback or rule.ignore or rule.delay) and all(one.when is None for one in rule.variants)


def _shadows(first: Rule, rule: Rule, channels: Collection[str], *, by_questionnaire: bool) -> bool:
    if first.when not in (None, rule.when):
        return False
    reached = {step.channel for step in first.channels} or set(channels)
    wanted = {step.channel for step in rule.channels} or set(channels)
    # A pause for one questionnaire lets another be asked.
    same_ask = not by_questionnaire or (len(first.variants) == 1 and first.variants[0].ask in _only(rule))
    return (
        set(rule.at) <= set(first.at)
        and wanted <= reached
        and not rule.ignore
        and not rule.delay
        and first.valid_for >= rule.valid_for
        and same_ask
    )


def _only(rule: Rule) -> set[str]:
    asked = {variant.ask for variant in rule.variants}
    return asked if len(asked) == 1 else set()
