"""Warns of rules that never win, since earlier ones match wherever they do and pass wherever they would."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from tactful_rules.conditions.sets.cover import Cover
from tactful_rules.conditions.sets.domains import of_touchpoint
from tactful_rules.conditions.sets.values import Domain
from tactful_rules.conditions.sets.ways import Way, at_least_ways, at_most_ways, bound
from tactful_rules.conditions.ways import Leaves
from tactful_rules.model.policy import DoNotDisturb
from tactful_rules.model.rule import Rule
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.source.lint.places import Places
from tactful_rules.source.reading.report import Report

_TESTS: Final = 100_000
"""How many tests are looked at in all ways of all rules; what comes behind is not called shadowed. A second's worth."""


class _Place(Struct, frozen=True):
    """A touchpoint: what attributes can be there, and the ways in which an earlier rule wins."""

    domain: Domain
    earlier: Cover[Rule]


def warn_of_shadowed(report: Report, ruleset: Ruleset, places: Places, never: Collection[str]) -> None:
    """Warn of rules behind others that always come first; those in `never` can't match anyway."""
    domains = {touchpoint.id: of_touchpoint(touchpoint) for touchpoint in ruleset.touchpoints.values()}
    at = {name: _Place(domain, Cover(domain)) for name, domain in domains.items()}
    left = _TESTS
    for rule in (rule for rule in ruleset.rules if rule.enabled and rule.id not in never):
        at_most, at_least = at_most_ways(rule.when), at_least_ways(rule.when)
        left -= len(rule.at) * sum(map(len, at_most))
        if left < 0:
            return
        ways = [(at[name], _possible(at_most, at[name].domain)) for name in rule.at]
        first = _find_first(rule, ways, ruleset)
        if first:
            report.warn(places.of("rules", rule.id), "shadowed", *_say(rule, first))
        if _may_always_win(rule):
            for place, possible in ways:
                for way in possible if at_least == at_most else _possible(at_least, place.domain):
                    place.earlier.add(way, rule)


def _find_first(rule: Rule, ways: list[tuple[_Place, list[Way]]], ruleset: Ruleset) -> tuple[Rule, ...]:
    """Give the earlier rules that come first wherever this one matches; none if it may win somewhere."""
    first: dict[str, Rule] = {}
    for place, possible in ways:
        for way in possible:
            found = place.earlier.find(way, lambda earlier: _passes_wherever(earlier, rule, ruleset))
            if found is None:
                return ()
            first |= {earlier.id: earlier for earlier in found}
    return tuple(first.values())


def _possible(ways: list[Leaves], domain: Domain) -> list[Way]:
    return [way for leaves in ways if all((way := bound(leaves, domain)).values())]


def _say(rule: Rule, first: tuple[Rule, ...]) -> tuple[str, str]:
    names = [f"`{each.id}`" for each in first]
    if len(names) == 1:
        who, come = names[0], "comes"
    else:
        who, come = f"{', '.join(names[:-1])} and {names[-1]} together", "come"
    hint = f"raise its `priority`, narrow the `when` of {names[0]}, or remove it"
    return f"the rule `{rule.id}` never wins: {who} {come} first wherever it applies", hint


def _may_always_win(rule: Rule) -> bool:
    """Tell whether nothing that is the rule's own keeps it from asking once its `when` holds."""
    return (
        rule.sample is None
        and rule.quota is None
        and not rule.delay
        and any(variant.when is None for variant in rule.variants)
    )


def _passes_wherever(first: Rule, rule: Rule, ruleset: Ruleset) -> bool:
    """Tell whether whatever lets the later rule ask lets the first, as far as it is not about `when`."""
    return (
        (first.from_ is None or (rule.from_ is not None and first.from_ <= rule.from_))
        and (first.until is None or (rule.until is not None and rule.until <= first.until))
        and set(rule.ignore) <= set(first.ignore)
        and not rule.delay
        and first.valid_for >= rule.valid_for
        and _reaches_wherever(first, rule, ruleset)
        and (not _by_questionnaire(ruleset.do_not_disturb) or _asks_the_same(first, rule))
    )


def _reaches_wherever(first: Rule, rule: Rule, ruleset: Ruleset) -> bool:
    """Tell whether each channel of the later rule is one of the first's, and none of those can end it before.

    A fallback counts: it is the next channel where none before it can be taken.
    """
    reached = tuple(step.channel for step in first.channels) or tuple(ruleset.channels)
    wanted = tuple(step.channel for step in rule.channels) or tuple(ruleset.channels)
    if not set(wanted) <= set(reached):
        return False
    policy = ruleset.do_not_disturb
    actions = [*(hours.then for hours in policy.quiet_hours), *(days.then for days in policy.holidays)]
    return "drop" not in actions or wanted == reached or "quiet_hours" in first.ignore


def _by_questionnaire(policy: DoNotDisturb) -> bool:
    """Tell whether do-not-disturb may stop one questionnaire and let another be asked."""
    return "questionnaire" in [*(pause.same for pause in policy.pauses), *(cap.same for cap in policy.caps)]


def _asks_the_same(first: Rule, rule: Rule) -> bool:
    return len({variant.ask for variant in (*first.variants, *rule.variants)}) == 1
