"""One rule of an explanation: its conditions, its draws, its quota, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tactful_gateway.explanation.conditions import Explain
from tactful_gateway.explanation.model import (
    ExplainedChannel,
    ExplainedDraw,
    ExplainedQuota,
    ExplainedRule,
    ExplainedVariant,
    RuleOutcome,
)
from tactful_gateway.explanation.tact import explain_channels
from tactful_gateway.explanation.times import write_step, write_time
from tactful_rules.compiled import CompiledRuleset
from tactful_rules.model.decision import Step, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import UNUSED, QuotaUse
from tactful_rules.model.rule import Rule, Variant
from tactful_rules.sampling import bucket
from tactful_rules.tact import Wish, quota_counted, quota_held
from tactful_rules.trace import write_span


class Circumstances(Struct, frozen=True):
    """What all rules of one explanation share; `steps` are the trace's by rule."""

    compiled: CompiledRuleset
    event: Event
    now: Instant
    quotas: Mapping[str, QuotaUse]
    verdict: Verdict
    steps: Mapping[str | None, Sequence[Step]]
    explain: Explain
    wish: Wish


def explain_rule(given: Circumstances, rule: Rule) -> ExplainedRule:
    """Explain one rule; draws and quota are given whether or not the decision came to look at them."""
    steps, person, explain = given.steps.get(rule.id, ()), given.event.person, given.explain
    place = bucket(f"variant/{rule.id}", person)
    variants, why = _variants(rule.variants, explain, place)
    variant = next((variant.ask for variant in variants if variant.chosen), None)
    return ExplainedRule(
        rule=rule.id,
        priority=rule.priority,
        outcome=_outcome(rule, steps, given.verdict),
        enabled=rule.enabled,
        from_=write_time(rule.from_),
        until=write_time(rule.until),
        when=explain(rule.when),
        sample=None if rule.sample is None else draw(f"sample/{rule.id}", person, rule.sample),
        variants=variants,
        variant=variant,
        variant_bucket=place,
        why=why,
        quota=_quota(given, rule),
        channels=() if variant is None else _channels(given, rule, variant),
        steps=tuple(map(write_step, steps)),
    )


def draw(salt: str, person: str, share: float) -> ExplainedDraw:
    """Show a sticky draw."""
    place = bucket(salt, person)
    return ExplainedDraw(share, place, place < share)


def _variants(variants: Sequence[Variant], explain: Explain, place: float) -> tuple[tuple[ExplainedVariant, ...], str]:
    """Explain the variants as `CompiledRule.choose_variant` chooses among them, and say why it is the chosen one."""
    conditions = [explain(variant.when) for variant in variants]
    fits = [condition is None or condition.verdict is True for condition in conditions]
    total = 0.0
    for variant, fit in zip(variants, fits, strict=True):
        total += variant.weight * fit  # in this order and not by `sum()`, which rounds otherwise from Python 3.12 on
    explained: list[ExplainedVariant] = []
    reached, why = 0.0, "the condition of no variant holds"
    for variant, condition, fit in zip(variants, conditions, fits, strict=True):
        if not fit or total <= 0:
            explained.append(ExplainedVariant(variant.ask, variant.weight, condition, fit))
            continue
        start, reached = reached, reached + variant.weight
        chosen = start / total <= place < reached / total
        explained.append(
            ExplainedVariant(variant.ask, variant.weight, condition, fit, start / total, reached / total, chosen)
        )
        if chosen:
            why = _why(variant, len(variants), sum(fits), explained[-1], place)
    return tuple(explained), why


def _why(variant: Variant, known: int, fitting: int, explained: ExplainedVariant, place: float) -> str:
    if known == 1:
        return f"{variant.ask} is the only variant"
    if fitting == 1:
        return f"{variant.ask} is the only variant whose condition holds"
    band = f"[{explained.from_:.4f}, {explained.to:.4f})"
    return f"{variant.ask} has the buckets {band} of the {fitting} variants that fit, and this person's is {place:.4f}"


def _channels(given: Circumstances, rule: Rule, questionnaire: str) -> tuple[ExplainedChannel, ...]:
    """Tell of the rule's channels, in its order, what do-not-disturb says of asking this there."""
    ruleset = given.compiled.ruleset
    touchpoint = ruleset.touchpoints.get(given.event.touchpoint)
    wish = replace(
        given.wish,
        questionnaire=questionnaire,
        touchpoint=given.event.touchpoint,
        stage=None if touchpoint is None else touchpoint.stage,
        ignore=rule.ignore,
    )
    order = [step.channel for step in rule.channels] or list(ruleset.channels)
    channels = [ruleset.channels[channel] for channel in order if channel in ruleset.channels]
    return explain_channels(given.compiled, channels, wish, given.now)


def _quota(given: Circumstances, rule: Rule) -> ExplainedQuota | None:
    quota = rule.quota
    if quota is None:
        return None
    use = given.quotas.get(rule.id, UNUSED)
    counted, held = quota_counted(quota, use, given.now, given.compiled.zone), quota_held(use, given.now)
    per = write_span(quota.per) if isinstance(quota.per, int) else quota.per
    return ExplainedQuota(quota.unit, quota.limit, per, counted + held, counted, held, counted + held >= quota.limit)


def _outcome(rule: Rule, steps: Sequence[Step], verdict: Verdict) -> RuleOutcome:
    """Tell what the rule came to by the steps that the decision noted for it."""
    if not rule.enabled:
        return "disabled"
    by_name = {step.step: step for step in steps}
    for name, outcome in (("window", "not_in_force"), ("when", "no_match")):
        if name in by_name and not by_name[name].ok:
            return outcome  # type: ignore[return-value]  # one of the two words above
    if verdict.rule == rule.id:
        return verdict.reason
    # Where no channel is free, it is the first one's reason that counts; what ended the rule before comes first anyhow.
    return next((step.reason for step in steps if step.reason is not None), None) or "not_tried"
