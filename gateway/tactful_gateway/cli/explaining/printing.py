"""Prints an explanation for people: the outcome first, then every rule with its conditions, draws and steps."""

from __future__ import annotations

import msgspec
from rich.console import Console
from rich.text import Text

from tactful_gateway.cli.explaining.clock import on_clock
from tactful_gateway.cli.explaining.tact import MARKS, print_tact, say_opening
from tactful_gateway.cli.output.problems import count
from tactful_gateway.explanation import (
    ExplainedCondition,
    ExplainedGroup,
    ExplainedQuota,
    ExplainedRule,
    ExplainedStep,
    ExplainedTest,
    ExplainedVariant,
    Explanation,
)
from tactful_gateway.explanation.model import ExplainedOpen, ExplainedState
from tactful_rules.model.decision import Reason

_WORDS = {True: "true", False: "false", None: "unknown"}
_WHY = {"missing": "missing", "rejected": "breaks its schema", "wrong_type": "the wrong type", None: "missing"}


def print_explanation(console: Console, explained: Explanation) -> None:
    """Print an explanation."""
    if explained.reason is not None:
        _print_outcome(console, explained, explained.reason)
    else:
        console.print(Text.assemble((explained.person, "bold"), f"  {on_clock(explained.at, explained.timezone)}"))
    console.print(f"clock of {explained.timezone} (from the {explained.tz_source})", style="dim")
    if explained.until is not None:
        console.print(f"until {on_clock(explained.until, explained.timezone)}")
    for hint in explained.hints:
        console.print(on_clock(hint, explained.timezone), style="yellow")
    if explained.remembered is not None:
        memory = explained.remembered
        at = on_clock(memory.at, explained.timezone)
        console.print(f"This event was decided at {at}: {memory.reason}. Its id gets that again.", style="yellow")
    _print_state(console, explained.state, explained.timezone)
    print_tact(console, explained.tact)
    if explained.steps:
        console.print()
    for step in explained.steps:
        console.print(_step_line(step, _draw_words(explained, step), explained.timezone))
    for rule in explained.rules:
        _print_rule(console, rule, explained.timezone)


def _print_outcome(console: Console, explained: Explanation, reason: Reason) -> None:
    outcome = _outcome_words(explained, reason)
    colour = "bold green" if reason in ("asked", "sending") else "bold yellow"
    again = ", again" if explained.again else ""
    console.print(Text.assemble((reason, colour), f"  {outcome}{again}"))
    by = f" by the rule {explained.rule}" if explained.rule else ""
    at = on_clock(explained.at, explained.timezone)
    console.print(f"{explained.person} at {explained.touchpoint}, {at}{by}", style="dim")


def _outcome_words(explained: Explanation, reason: Reason) -> str:
    what = f"{explained.questionnaire} on {explained.channel}"
    if reason == "deferred":
        return f"sends {what}, not before {on_clock(explained.not_before or '', explained.timezone)}"
    if reason == "sending":
        return f"sends {what}"
    return f"asks {what}" if explained.ask else "does not ask"


def _print_state(console: Console, state: ExplainedState, timezone: str) -> None:
    """Say what is known of the person, where anything is."""
    if state.asks or state.answers or state.dismissals:
        console.print(f"asked {state.asks}, answered {state.answers}, dismissed {state.dismissals} times so far")
    if state.opted_out:
        console.print(f"opted out of {'everything' if '*' in state.opted_out else ', '.join(state.opted_out)}")
    for entry in state.open:
        open_ = (
            f"open: {entry.questionnaire} on {entry.channel} at {entry.touchpoint}, {_status_words(entry)}, "
            f"until {entry.deadline}"
        )
        console.print(on_clock(open_, timezone))


def _status_words(entry: ExplainedOpen) -> str:
    tried = f" after {count(entry.tried, 'failed attempt')}" if entry.tried else ""
    goes = f"{tried} to go at {entry.not_before}" if entry.not_before else tried
    back = f", another channel at {entry.fallback_at}" if entry.fallback_at else ""
    return f"{entry.status}{goes}{back}"


def _draw_words(explained: Explanation, step: ExplainedStep) -> str:
    if step.step != "holdout" or explained.holdout is None:
        return ""
    return f"bucket {explained.holdout.bucket:.4f}, held out below {explained.holdout.share:g}"


def _print_rule(console: Console, rule: ExplainedRule, timezone: str) -> None:
    title = Text.assemble(("\n" + rule.rule, "bold"), (f"  priority {rule.priority:g}", "dim"))
    console.print(title.append(f"  {rule.outcome.replace('_', ' ')}", "bold" if rule.outcome == "asked" else ""))
    noted = {step.step for step in rule.steps}
    if "when" not in noted and rule.when is not None:
        _print_condition(console, rule.when, 2)
    for step in rule.steps:
        console.print(_step_line(step, _rule_words(rule, step.step), timezone))
        if step.step == "when" and rule.when is not None:
            _print_condition(console, rule.when, 3)
        if step.step == "variant":
            _print_variants(console, rule)
    for channel in rule.channels:
        if not channel.open:
            console.print(f"    {channel.channel} {say_opening(channel)}", style="dim")
    # What was not come to is shown all the same: it says what would happen once the rest is out of the way.
    if "sample" not in noted and rule.sample is not None:
        console.print(f"    sample  {_rule_words(rule, 'sample')}", style="dim")
    if "variant" not in noted:
        console.print(f"    variant  {rule.why}", style="dim")
        _print_variants(console, rule)
    if "quota" not in noted and rule.quota is not None:
        console.print(f"    quota  {_rule_words(rule, 'quota')}", style="dim")


def _rule_words(rule: ExplainedRule, step: str) -> str:
    if step == "sample" and rule.sample is not None:
        return f"bucket {rule.sample.bucket:.4f}, in the sample below {rule.sample.share:g}"
    if step == "variant":
        return rule.why
    return _quota_words(rule.quota) if step == "quota" and rule.quota is not None else ""


def _quota_words(quota: ExplainedQuota) -> str:
    per = f" per {quota.per}" if quota.per else ""
    words = f"{quota.used} of {quota.limit} {quota.unit}{per} used"
    if not quota.held:
        return words
    by = "an open invitation" if quota.held == 1 else "open invitations"
    return f"{words}: {quota.counted} counted, {quota.held} held by {by}"


def _print_variants(console: Console, rule: ExplainedRule) -> None:
    """Show the conditions of variants, and the buckets of those that fit, where there is a choice."""
    for variant in rule.variants if len(rule.variants) > 1 else ():
        console.print(_variant_line(variant))
        if variant.when is not None:
            _print_condition(console, variant.when, 4)


def _variant_line(variant: ExplainedVariant) -> Text:
    mark, colour = MARKS[variant.fits]
    line = Text.assemble("      ", (mark, colour), f" {variant.ask}  weight {variant.weight:g}")
    if variant.from_ is not None and variant.to is not None:
        line.append(f", buckets [{variant.from_:.4f}, {variant.to:.4f})", "dim")
    return line.append("  chosen", "bold") if variant.chosen else line


def _print_condition(console: Console, condition: ExplainedCondition, depth: int) -> None:
    """Print a whole condition; its outermost `all` is what a map of tests means, and needs no line of its own."""
    if isinstance(condition, ExplainedGroup) and condition.op == "all":
        for part in condition.parts:
            _print_part(console, part, depth)
    else:
        _print_part(console, condition, depth)


def _print_part(console: Console, part: ExplainedCondition, depth: int) -> None:
    if isinstance(part, ExplainedTest):
        console.print(_test_line(part, depth))
        return
    mark, colour = MARKS[part.verdict]
    console.print(Text.assemble("  " * depth, (mark, colour), f" {part.op}"))
    for inner in part.parts:
        _print_part(console, inner, depth + 1)


def _test_line(test: ExplainedTest, depth: int) -> Text:
    mark, colour = MARKS[test.verdict]
    value = _WHY[test.why] if test.value is None else f"is {_show(test.value)}"
    because = ", the wrong type" if test.why == "wrong_type" else ""
    line = Text.assemble("  " * depth, (mark, colour), f" {test.attribute} {test.op} {_show(test.operand)}")
    return line.append(f"  ({value}{because}: {_WORDS[test.verdict]})", "dim")


def _step_line(step: ExplainedStep, words: str, timezone: str) -> Text:
    mark, colour = MARKS[step.ok]
    line = Text.assemble("  ", (mark, colour), f" {step.step}")
    if step.channel is not None:
        line.append(f" {step.channel}")
    if step.reason is not None:
        line.append(f": {step.reason}", colour)
    detail = words or on_clock(step.detail, timezone)
    return line.append(f"  {detail}", "dim") if detail else line


def _show(value: object) -> str:
    return msgspec.json.encode(value).decode()
