"""A ruleset made ready for deciding: every condition compiled and every rule under its touchpoints, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tactful_rules.conditions import Foreseen, Lookup, Pattern, RegexCompiler, tests_of
from tactful_rules.conditions.generated import First, LazyMatch, generate_first
from tactful_rules.conditions.index import Index, Mask, build_index
from tactful_rules.model.condition import ALWAYS, Condition
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, version_of
from tactful_rules.sampling import bucket
from tactful_rules.tact import HolidayCalendar, Tact, longest_window, quiet_times, zone_of


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its conditions compiled; `when` None always holds. `only` is its variant where there is no choice."""

    rule: Rule
    when: Callable[[Lookup], bool] | None
    only: Variant | None
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
        if self.only is not None:
            return self.only  # most rules'
        left = []
        for variant, when in self.variants:  # a comprehension would be one more call
            if when is None or when(lookup):
                left.append(variant)
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


Found: TypeAlias = tuple[CompiledRule, Mask]
"""A rule that matches, and the mask of those after it that may."""

FEW: Final = 120
"""Up to so many rules and tests at a touchpoint, trying one rule after the other is faster than the index."""


class _Place:
    """A touchpoint's rules in the order in which they are tried, and how those that match are found among them."""

    __slots__ = ("_few", "_regex", "find", "index", "quotas", "rules")

    def __init__(self, rules: tuple[CompiledRule, ...], regex: RegexCompiler | None) -> None:
        self.rules = rules
        self.index = build_index([rule.rule.when for rule in rules])
        self.quotas = self.index.mask(place for place, rule in enumerate(rules) if rule.rule.quota is not None)
        self._regex = regex
        tests = sum(1 for rule in rules[:FEW] if rule.rule.when is not None for _ in tests_of(rule.rule.when))
        self._few = len(rules) + tests <= FEW
        self.find: First[Found] | None = None
        """Gives the first rule that matches, once `make_find` has made it. It does not lead back here: what is in no
        circle goes with the ruleset, and not at some later garbage collection."""

    def make_find(self) -> First[Found]:
        """Make `find` when it is first needed; threads may do this twice, with the same result."""
        self.find = self._generate() if self._few else _find_among_many(self.rules, self.index)
        return self.find

    def _generate(self) -> First[Found]:
        candidates = (
            (
                rule.rule.when,
                None if rule.rule.from_ is None and rule.rule.until is None else rule.in_force,
                (rule, self.index.after(number)),
            )
            for number, rule in enumerate(self.rules)
        )
        return generate_first(candidates, self._regex)


def _find_in(rules: tuple[CompiledRule, ...], index: Index, mask: Mask, now: Instant, lookup: Lookup) -> Found | None:
    """Give the first rule of a mask that matches."""
    while mask:
        number, mask = index.take(mask)
        rule = rules[number]
        if rule.in_force(now) and (rule.when is None or rule.when(lookup)):
            return rule, mask
    return None


def _find_among_many(rules: tuple[CompiledRule, ...], index: Index) -> First[Found]:
    def find(now: Instant, lookup: Lookup) -> Found | None:
        return _find_in(rules, index, index.narrow(index.possible(lookup), lookup), now, lookup)

    return find


class CompiledRuleset:
    """A ruleset ready for deciding; it never changes, so threads and tasks may share it.

    `rules` is by id, `quiet` by channel, `limits` the places of the policy's entries by their `id()`; `window` is how
    far back in milliseconds history matters, `zone` the settings'.

    Raises:
        ValueError: there are holidays of a calendar, and no `holidays` to look them up in.
        Exception: whatever `regex` raises for a pattern it does not understand, or `holidays` for a calendar.
    """

    __slots__ = ("_places", "limits", "quiet", "regex", "rules", "ruleset", "tact", "version", "window", "zone")

    def __init__(
        self, ruleset: Ruleset, *, regex: RegexCompiler | None = None, holidays: HolidayCalendar | None = None
    ) -> None:
        self.ruleset = ruleset
        self.regex = regex
        self.version = version_of(ruleset)
        self.tact = Tact.of(ruleset.do_not_disturb)
        self.quiet = quiet_times(ruleset.do_not_disturb, ruleset.channels, holidays)
        self.limits = {id(entry): place for place, entry in ruleset.do_not_disturb.entries()}
        self.zone = zone_of(ruleset.settings)
        self.window = longest_window(ruleset.do_not_disturb)
        self.rules = {rule.id: rule for rule in ruleset.rules}
        known = None if regex is None else _patterns(ruleset, regex).__getitem__
        placed = _by_touchpoint(ruleset, known)
        self._places = {
            touchpoint: _Place(placed.get(touchpoint, ()), known) for touchpoint in {**ruleset.touchpoints, **placed}
        }

    def rules_at(self, touchpoint: str) -> tuple[CompiledRule, ...]:
        """Give the enabled rules at a touchpoint in the order in which they are tried."""
        place = self._places.get(touchpoint)
        return () if place is None else place.rules

    def rule_at(self, touchpoint: str, rule: str) -> CompiledRule | None:
        """Give an enabled rule by its id, if it stands at this touchpoint."""
        return next((compiled for compiled in self.rules_at(touchpoint) if compiled.rule.id == rule), None)

    def find_rule(self, touchpoint: str, now: Instant, lookup: Lookup) -> Found | None:
        """Give the first rule at a touchpoint, in the order of trying, that is in force and whose `when` is true."""
        place = self._places.get(touchpoint)
        return None if place is None else (place.find or place.make_find())(now, lookup)

    def find_others(self, touchpoint: str, now: Instant, lookup: Lookup, after: Found) -> Iterator[CompiledRule]:
        """Yield the rules after the first that was found; each is looked for only when it is asked for."""
        place, (_, left) = self._places[touchpoint], after
        while (found := _find_in(place.rules, place.index, left, now, lookup)) is not None:
            rule, left = found
            yield rule

    def quotas_of(self, event: Event) -> Iterator[str]:
        """Yield the rules with a quota that deciding on an event may look at, whatever the person's state is."""
        place = self._places.get(event.touchpoint)
        if place is not None and place.quotas:
            lookup = Foreseen(event).__getitem__
            for number in place.index.places(place.index.possible(lookup) & place.quotas, lookup):
                yield place.rules[number].rule.id


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
    variants = tuple((variant, _match(variant.when, regex)) for variant in rule.variants)
    no_choice = len(variants) == 1 and variants[0][1] is None and variants[0][0].weight > 0
    return CompiledRule(
        rule=rule,
        when=_match(rule.when, regex),
        only=variants[0][0] if no_choice else None,
        variants=variants,
        channels=tuple(channels[channel] for channel in order if channel in channels),
    )


def _match(condition: Condition | None, regex: RegexCompiler | None) -> LazyMatch | None:
    return None if condition is None or condition == ALWAYS else LazyMatch(condition, regex)


def _patterns(ruleset: Ruleset, regex: RegexCompiler) -> dict[str, Pattern]:
    """Compile every pattern of the rules once and now, so that one which `regex` does not understand is met here."""
    conditions = [rule.when for rule in ruleset.rules]
    conditions += [variant.when for rule in ruleset.rules for variant in rule.variants]
    tests = (test for when in conditions if when is not None for test in tests_of(when) if test.op == "matches")
    return {pattern: regex(pattern) for pattern in {test.value for test in tests if isinstance(test.value, str)}}
