"""Step 5 for one rule: its sample and variant, its quota, what stops every channel, then the channels."""

from __future__ import annotations

from tactful_rules.compiled import CompiledRule
from tactful_rules.deciding.case import Case, No, Yes
from tactful_rules.deciding.channel import choose_channel
from tactful_rules.model.person import UNUSED
from tactful_rules.tact import quota_held, quota_used
from tactful_rules.trace import describe_quota


def try_rule(case: Case, compiled: CompiledRule) -> Yes | No:
    """Tell what the rule would ask and where, or why it does not."""
    rule, trace = compiled.rule, case.trace
    if rule.sample is not None and not compiled.in_sample(case.event.person):
        return case.refuse(rule, "sample", "not_sampled")
    if trace:
        trace.note("sample", ok=True, rule=rule.id)
    variant = compiled.choose_variant(case.lookup, case.event.person)
    if variant is None:
        return case.refuse(rule, "variant", "no_variant")
    if trace:
        trace.note("variant", ok=True, rule=rule.id, detail=variant.ask)
    if rule.quota is not None:
        use = case.quotas.get(rule.id, UNUSED)
        used = quota_used(rule.quota, use, case.now, case.compiled.zone, case.own)
        detail = describe_quota(rule.quota, used, quota_held(use, case.now, case.own)) if trace else ""
        if used >= rule.quota.limit:
            return case.refuse(rule, "quota", "quota_full", detail=detail)
        if trace:
            trace.note("quota", ok=True, rule=rule.id, detail=detail)
    stop = case.stop(variant.ask, None, rule.ignore, case.now)
    if stop is not None:
        return case.refuse_for(rule, stop)
    if trace:
        trace.note("tact", ok=True, rule=rule.id)
    return choose_channel(case, compiled, variant.ask)
