"""Explains one decision: the trace of `decide`, and beside it every test of every condition with its value."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.text import Text

from tactful_rules.compiled import CompiledRuleset
from tactful_rules.conditions import Attributes, TestResult, explain
from tactful_rules.decide import decide
from tactful_rules.model.decision import Step, Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import Instant, rfc3339
from tactful_rules.model.person import PersonState
from tactful_rules.model.rule import Rule
from tactful_rules.tact import timezone_of

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_WORDS = {True: "true", False: "false", None: "unknown"}


class ExplainedRule(Struct, frozen=True):
    """One rule at the touchpoint: the tests of its `when`, those of its variants, and the steps of the decision."""

    rule: Rule
    when: tuple[TestResult, ...]
    variants: dict[str, tuple[TestResult, ...]]
    steps: tuple[Step, ...]


class Explained(Struct, frozen=True):
    """One decision with all that led to it; `steps` are those of no rule in particular."""

    event: Event
    now: Instant
    verdict: Verdict
    rules: tuple[ExplainedRule, ...]
    steps: tuple[Step, ...]


def explain_decision(compiled: CompiledRuleset, event: Event, state: PersonState, now: Instant) -> Explained:
    """Decide an event as the gateway would with quotas unused, and keep everything that was looked at."""
    verdict = decide(compiled, event, state, {}, now, trace=True)
    zone, _ = timezone_of(event, state, compiled.ruleset.settings)
    lookup = Attributes(event, state, now, zone).__getitem__

    def one(rule: Rule) -> ExplainedRule:
        return ExplainedRule(
            rule=rule,
            when=explain(rule.when, lookup, compiled.regex),
            variants={variant.ask: explain(variant.when, lookup, compiled.regex) for variant in rule.variants},
            steps=tuple(step for step in verdict.trace if step.rule == rule.id),
        )

    here = [rule for rule in compiled.ruleset.rules if event.touchpoint in rule.at]
    ordered = sorted(here, key=lambda rule: -rule.priority)
    general = tuple(step for step in verdict.trace if step.rule is None)
    return Explained(event, now, verdict, tuple(one(rule) for rule in ordered), general)


def document(explained: Explained) -> dict[str, Any]:
    """Give an explanation as JSON; a verdict is true, false or null for unknown."""
    verdict = explained.verdict
    return {
        "touchpoint": explained.event.touchpoint,
        "person": explained.event.person,
        "at": rfc3339(explained.now),
        "ask": verdict.ask,
        "reason": verdict.reason,
        "rule": verdict.rule,
        "questionnaire": verdict.questionnaire,
        "channel": verdict.channel,
        "until": None if verdict.until is None else rfc3339(verdict.until),
        "tz_source": verdict.tz_source,
        "params": explained.event.params,
        "rejected_params": list(explained.event.rejected_params),
        "steps": [_step(step) for step in explained.steps],
        "rules": [
            {
                "rule": one.rule.id,
                "enabled": one.rule.enabled,
                "priority": one.rule.priority,
                "when": [_test(test) for test in one.when],
                "variants": {ask: [_test(test) for test in tests] for ask, tests in one.variants.items()},
                "steps": [_step(step) for step in one.steps],
            }
            for one in explained.rules
        ],
    }


def print_explanation(console: Console, explained: Explained) -> None:
    """Print an explanation for people."""
    verdict, event = explained.verdict, explained.event
    outcome = f"asks {verdict.questionnaire} on {verdict.channel}" if verdict.ask else "does not ask"
    console.print(Text.assemble((verdict.reason, "bold green" if verdict.ask else "bold yellow"), f"  {outcome}"))
    by = f" by the rule {verdict.rule}" if verdict.rule else ""
    console.print(f"{event.person} at {event.touchpoint}, {rfc3339(explained.now)}{by}", style="dim")
    if verdict.until is not None:
        console.print(f"until {rfc3339(verdict.until)}")
    for path in event.rejected_params:
        console.print(f"{path} breaks its schema, so it counts as missing", style="yellow")
    console.print()
    for step in explained.steps:
        console.print(_step_line(step))
    for one in explained.rules:
        _print_rule(console, one)


def _print_rule(console: Console, one: ExplainedRule) -> None:
    note = "" if one.rule.enabled else "  disabled"
    console.print(Text.assemble(("\n" + one.rule.id, "bold"), (f"  priority {one.rule.priority:g}{note}", "dim")))
    for test in one.when:
        console.print(_test_line(test))
    for ask, tests in one.variants.items():
        for test in tests:
            console.print(Text.assemble(_test_line(test), (f"  variant {ask}", "dim")))
    for step in one.steps:
        console.print(_step_line(step))


def _test_line(test: TestResult) -> Text:
    mark, colour = _MARKS[test.verdict]
    value = "missing" if test.value is None else _show(test.value)
    line = Text.assemble("    ", (mark, colour), f" {test.attribute} {test.op} {_show(test.operand)}")
    return line.append(f"  (is {value}: {_WORDS[test.verdict]})", "dim")


def _step_line(step: Step) -> Text:
    mark, colour = _MARKS[step.ok]
    line = Text.assemble("  ", (mark, colour), f" {step.step}")
    if step.channel is not None:
        line.append(f" {step.channel}")
    if step.reason is not None:
        line.append(f": {step.reason}", colour)
    return line.append(f"  {step.detail}", "dim") if step.detail else line


def _step(step: Step) -> dict[str, Any]:
    told = msgspec.to_builtins(step)
    if step.until is not None:
        told["until"] = rfc3339(step.until)
    return dict(told)


def _test(test: TestResult) -> dict[str, Any]:
    return {
        "attribute": test.attribute,
        "op": test.op,
        "operand": list(test.operand) if isinstance(test.operand, tuple) else test.operand,
        "value": test.value,
        "verdict": test.verdict,
    }


def _show(value: object) -> str:
    return msgspec.json.encode(value).decode()
