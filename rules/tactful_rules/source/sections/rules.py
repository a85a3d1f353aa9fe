"""Reads `rules`: at these touchpoints, when this holds, ask that questionnaire over these channels."""

from __future__ import annotations

from typing import get_args

from tactful_rules.model.rule import DEFAULT_VALID_FOR, Ignorable, Rule, Variant
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.scalars import read_flag, read_items, read_number, read_share, read_words
from tactful_rules.source.reading.times import read_instant, read_span
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, Sequence
from tactful_rules.source.sections.context import Context
from tactful_rules.source.sections.rule_parts import read_channel_steps, read_quota, read_reminder
from tactful_rules.source.when.read import ConditionReader, attributes_of
from tactful_rules.source.when.scope import for_rules, of_touchpoints

RULE_KEYS = (
    "at", "when", "ask", "variants", "sample", "channels", "priority", "quota", "from", "until", "delay",
    "valid_for", "enabled", "remind", "ignore",
)  # fmt: skip
VARIANT_KEYS = ("ask", "when", "weight")
IGNORABLE: tuple[Ignorable, ...] = get_args(Ignorable)


def read_rules(context: Context, section: Mapping) -> tuple[Rule, ...]:
    """Read the rules in the order in which they are tried: high priority first, then file order."""
    rules = [_read_rule(context, name, key, node) for name, key, node in context.ids(section, "a rule")]
    return tuple(sorted(rules, key=lambda rule: -rule.priority))


def _read_rule(context: Context, name: str, key: Scalar, node: Node) -> Rule:
    report, zone = context.report, context.settings.timezone
    fields = read_fields(report, node, "a rule", RULE_KEYS, key.at)
    at = context.refer_all(fields.require("at", "name a touchpoint"), "touchpoint", context.touchpoints)
    conditions = _conditions(context, fields.get("at"), at)
    rule = Rule(
        id=name,
        at=at,
        variants=_read_variants(context, fields, conditions),
        when=conditions.read(fields.get("when"), "`when`"),
        sample=read_share(report, fields.get("sample"), "`sample`"),
        channels=read_channel_steps(context, fields.get("channels")),
        priority=read_number(report, fields.get("priority"), "`priority`") or 0,
        quota=read_quota(context, fields.get("quota")),
        from_=read_instant(report, fields.get("from"), "`from`", zone),
        until=read_instant(report, fields.get("until"), "`until`", zone),
        delay=read_span(report, fields.get("delay"), "`delay`", zero=True) or 0,
        valid_for=read_span(report, fields.get("valid_for"), "`valid_for`") or DEFAULT_VALID_FOR,
        enabled=read_flag(report, fields.get("enabled"), "`enabled`") is not False,
        remind=read_reminder(context, fields.get("remind")),
        ignore=read_words(report, fields.get("ignore"), "what a rule ignores", IGNORABLE),
    )
    _check_life(context, fields, rule)
    _warn_of_partial(context, fields, rule)
    _warn_of_screens(context, fields, rule)
    _warn_of_late(context, fields, rule)
    return rule


def _conditions(context: Context, node: Node | None, at: tuple[str, ...]) -> ConditionReader:
    """Give a reader for the rule's conditions; a touchpoint that is not known may be any, and have any's params."""
    named = len(node.items) if isinstance(node, Sequence) else 1
    places = at if len(at) == named else tuple(context.touchpoints)
    return context.conditions(for_rules(of_touchpoints(context.touchpoints[place] for place in places)))


def _read_variants(context: Context, fields: Fields, conditions: ConditionReader) -> tuple[Variant, ...]:
    if "ask" in fields and "variants" in fields:
        message = "a rule has either `ask` or `variants`"
        context.report.error(fields.where("ask"), "conflicting_keys", message, "make it one of the variants")
    if "variants" not in fields:
        ask = context.refer(fields.require("ask", "name a questionnaire"), "questionnaire", context.questionnaires)
        return () if ask is None else (Variant(ask),)
    items = read_items(context.report, fields.get("variants"), "`variants`")
    variants = [variant for item in items if (variant := _read_variant(context, item, conditions, len(items)))]
    return tuple(variants)


def _read_variant(context: Context, node: Node, conditions: ConditionReader, count: int) -> Variant | None:
    report = context.report
    fields = read_fields(report, node, "a variant", VARIANT_KEYS)
    ask = context.refer(fields.require("ask", "name a questionnaire"), "questionnaire", context.questionnaires)
    when = conditions.read(fields.get("when"), "`when`")
    weight = read_number(report, fields.get("weight"), "`weight`")
    if weight is not None and weight <= 0:
        hint = "remove the variant to ask it no more"
        report.error(fields.where("weight"), "out_of_range", f"`weight` must be more than 0, not {weight:g}", hint)
    elif weight is not None and count == 1:
        message = "the weight of an only variant changes nothing"
        report.warn(fields.where("weight"), "single_weight", message, "add a variant, or remove the weight")
    return None if ask is None else Variant(ask, when, 1.0 if weight is None else float(weight))


def _check_life(context: Context, fields: Fields, rule: Rule) -> None:
    report = context.report
    if rule.from_ is not None and rule.until is not None and rule.from_ >= rule.until:
        message = "`until` must be later than `from`; it is not included"
        report.error(fields.where("until"), "bad_range", message)
    elif not rule.enabled:
        report.warn(fields.where("enabled"), "disabled_rule", f"the rule `{rule.id}` is switched off")
    elif rule.until is not None and context.now is not None and rule.until <= context.now:
        report.warn(
            fields.where("until"), "expired_rule", f"the rule `{rule.id}` is over", "remove it, or move `until`"
        )


def _warn_of_partial(context: Context, fields: Fields, rule: Rule) -> None:
    """Warn of a `when` over params that only some of the rule's touchpoints declare: it never holds at the others."""
    for name in sorted(attributes_of(rule.when)) if rule.when and len(rule.at) > 1 else ():
        having = [touchpoint for touchpoint in rule.at if name in context.touchpoints[touchpoint]]
        if having and len(having) < len(rule.at):
            lacking = ", ".join(touchpoint for touchpoint in rule.at if touchpoint not in having)
            message = f"`{name}` is not declared at {lacking}, so its test can't hold there"
            context.report.warn(fields.where("when"), "undeclared_param", message, "declare it, or write two rules")


def _warn_of_screens(context: Context, fields: Fields, rule: Rule) -> None:
    """Warn of what only messages have, on a rule that is shown on screens alone."""
    names = [step.channel for step in rule.channels] or list(context.channels)
    known = [context.channels[name] for name in names if name in context.channels]
    if not known or not all(channel.on_screen for channel in known):
        return
    hint = "add a channel that sends, or remove it"
    if rule.delay:
        message = "a delay is for messages, and this rule only asks on screen: at once"
        context.report.warn(fields.where("delay"), "no_effect", message, hint)
    if rule.remind is not None:
        message = "reminders are messages, and this rule only asks on screen"
        context.report.warn(fields.where("remind"), "no_effect", message, hint)


def _warn_of_late(context: Context, fields: Fields, rule: Rule) -> None:
    """Warn of a fallback or reminder that would come when the invitation is over."""
    late = [step.channel for step in rule.channels if step.after is not None and step.after >= rule.valid_for]
    if late:
        message = f"the fallback to `{late[0]}` never comes: the invitation is valid for no longer than the wait"
        context.report.warn(fields.where("channels"), "no_effect", message, "raise `valid_for`, or wait less")
    if rule.remind is not None and rule.remind.after >= rule.valid_for:
        message = "the reminder never comes: the invitation is valid for no longer than the wait"
        context.report.warn(fields.where("remind"), "no_effect", message, "raise `valid_for`, or wait less")
