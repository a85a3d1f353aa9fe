"""A ruleset made ready for deciding: every condition compiled and every rule under its touchpoints, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tactful_rules.conditions import Lookup, RegexCompiler, compile_match
from tactful_rules.model.ids import Instant
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, version_of
from tactful_rules.sampling import bucket
from tactful_rules.tact import Tact, zone_of


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its conditions compiled; `when` None always holds."""

    rule: Rule
    when: Callable[[Lookup], bool] | None
    variants: tuple[tuple[Variant, Callable[[Lookup], bool] | None], ...]
    channels: tuple[Channel, ...]

    def in_force(self, now: Instant) -> bool:
        """Tell whether `now` lies in the rule's `[from, until)`."""
        rule = self.rule
        return (rule.from_ is None or rule.from_ <= now) and (rule.until is None or now < rule.until)

    def in_sample(self, person: str) -> bool:
        """Tell whether the person is in the rule's sample; raising the sample keeps those in it."""
        return self.rule.sample is None or bucket(f"sample/{self.rule.id}", person) < self.rule.sample

    def choose_variant(self, lookup: Lookup, person: str) -> Variant | None:
        """Give the first variant whose cumulative share of the weights exceeds the person's bucket.

        Only the variants whose own `when` is true share the weights; None when there is none, or only weightless ones.
        """
        left = [variant for variant, when in self.variants if when is None or when(lookup)]
        if len(left) == 1 and left[0].weight > 0:
            return left[0]
        total = 0.0
        for variant in left:
            total += variant.weight
        if total <= 0:
            return None
        place, reached = bucket(f"variant/{self.rule.id}", person), 0.0
        for variant in left:
            reached += variant.weight
            if reached / total > place:
                return variant
        return None


class CompiledRuleset:
    """A ruleset ready for deciding; it never changes, so threads and tasks may share it.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """

    __slots__ = ("_by_touchpoint", "regex", "ruleset", "tact", "version", "zone")

    def __init__(self, ruleset: Ruleset, *, regex: RegexCompiler | None = None) -> None:
        self.ruleset = ruleset
        self.regex = regex
        self.version = version_of(ruleset)
        self.tact = Tact.of(ruleset.do_not_disturb)
        self.zone = zone_of(ruleset.settings)
        self._by_touchpoint = _by_touchpoint(ruleset, regex)

    def rules_at(self, touchpoint: str) -> tuple[CompiledRule, ...]:
        """Give the enabled rules at a touchpoint in the order in which they are tried."""
        return self._by_touchpoint.get(touchpoint, ())


def _by_touchpoint(ruleset: Ruleset, regex: RegexCompiler | None) -> Mapping[str, tuple[CompiledRule, ...]]:
    found: dict[str, list[CompiledRule]] = {}
    for rule in sorted(ruleset.rules, key=lambda rule: -rule.priority):  # stable: file order within a priority
        if rule.enabled:
            compiled = _compile_rule(rule, ruleset.channels, regex)
            for touchpoint in dict.fromkeys(rule.at):
                found.setdefault(touchpoint, []).append(compiled)
    return {touchpoint: tuple(rules) for touchpoint, rules in found.items()}


def _compile_rule(rule: Rule, channels: Mapping[str, Channel], regex: RegexCompiler | None) -> CompiledRule:
    order = [step.channel for step in rule.channels] or list(channels)
    return CompiledRule(
        rule=rule,
        when=compile_match(rule.when, regex),
        variants=tuple((variant, compile_match(variant.when, regex)) for variant in rule.variants),
        channels=tuple(channels[channel] for channel in order if channel in channels),
    )
