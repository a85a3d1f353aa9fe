"""Warns of rules and variants whose conditions can never be true at the touchpoints where they are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from tactful_rules.conditions.sets.conflicts import Conflict, find_conflicts
from tactful_rules.conditions.sets.domains import of_touchpoint
from tactful_rules.conditions.sets.values import MISSING, Domain
from tactful_rules.model.condition import All
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.source.lint.places import Places
from tactful_rules.source.lint.wording import describe_conflicts, hint_at
from tactful_rules.source.reading.report import Report

_Found = tuple[Conflict, ...]


def warn_of_never(report: Report, ruleset: Ruleset, places: Places) -> frozenset[str]:
    """Warn of each such rule and variant; gives the ids of the rules that can match nowhere."""
    domains = {touchpoint.id: of_touchpoint(touchpoint) for touchpoint in ruleset.touchpoints.values()}
    never: set[str] = set()
    for rule in ruleset.rules:
        at = {name: domains[name] for name in rule.at}
        conflicts = {name: find_conflicts(rule.when, domain) for name, domain in at.items()}
        left = {name: domain for name, domain in at.items() if conflicts[name] is None}
        if not left:
            never.add(rule.id)
            say(report, places, ("rules", rule.id, "when"), f"the rule `{rule.id}` can never match", _first(conflicts))
            continue
        _warn_of_places(report, places, rule, at, conflicts)
        _warn_of_variants(report, places, rule, left)
    return frozenset(never)


def _warn_of_places(
    report: Report, places: Places, rule: Rule, at: dict[str, Domain], conflicts: dict[str, _Found | None]
) -> None:
    """Warn of touchpoints at which a rule that matches elsewhere can't; of undeclared params the reader has warned."""
    for name, found in conflicts.items():
        if found and not any(at[name](conflict.attribute) == MISSING for conflict in found):
            say(report, places, ("rules", rule.id, "when"), f"the rule `{rule.id}` can't match at `{name}`", found)


def _warn_of_variants(report: Report, places: Places, rule: Rule, at: dict[str, Domain]) -> None:
    for index, variant in enumerate(rule.variants):
        if variant.when is None:
            continue
        both = variant.when if rule.when is None else All((rule.when, variant.when))
        conflicts = {name: find_conflicts(both, domain) for name, domain in at.items()}
        if None not in conflicts.values():
            what = f"the variant `{variant.ask}` is never chosen"
            say(report, places, ("rules", rule.id, "variants", str(index), "when"), what, _first(conflicts))


def _first(conflicts: dict[str, _Found | None]) -> _Found:
    return next((found for found in conflicts.values() if found), ())


def say(report: Report, places: Places, path: tuple[str, ...], what: str, conflicts: Sequence[Conflict]) -> None:
    """Warn at the attribute in question, or where the condition stands."""
    named = {conflict.attribute for conflict in conflicts}
    at = places.of(*path, *named) if len(named) == 1 else places.of(*path)
    report.warn(at, "never_matches", f"{what}: {describe_conflicts(conflicts)}", hint_at(conflicts))
