"""The trace names every rule and every step, and is nothing but an addition to the verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test
from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import HistoryEvent, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import ChannelStep, Quota, Rule
from tactful_rules.trace import write_span

NOW = 1_795_305_600_000
Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]
HISTORY = PersonState(history=(HistoryEvent("asked", NOW - HOUR, "csat", "payment", "web"),))


def test_a_trace_changes_nothing_but_itself(deciding: Decide, rule: MakeRule) -> None:
    rules = (rule("a", when=Test("x", "is", 1)), rule("b", sample=0.0), rule("c"))
    assert deciding(*rules).trace == ()
    assert replace(deciding(*rules, trace=True), trace=()) == deciding(*rules)


def test_every_rule_has_its_steps_also_those_before_and_after_the_winner(deciding: Decide, rule: MakeRule) -> None:
    rules = (
        rule("late", from_=NOW + 1),
        rule("false", when=Test("order.amount", "at_least", 30)),
        rule("unsampled", sample=0.0),
        rule("winner", quota=Quota("asks", 5)),
        rule("after"),
    )
    steps = deciding(*rules, trace=True, params={"order.amount": 12}).trace
    assert [(step.step, step.ok) for step in steps if step.rule is None] == [
        ("touchpoint", True), ("device", True), ("opt_out", True), ("holdout", True), ("open", True),
    ]  # fmt: skip
    by_rule = {name: [(step.step, step.ok) for step in steps if step.rule == name] for name in
               ("late", "false", "unsampled", "winner", "after")}  # fmt: skip
    assert by_rule == {
        "late": [("window", False)],
        "false": [("window", True), ("when", False)],
        "unsampled": [("window", True), ("when", True), ("sample", False)],
        "winner": [("window", True), ("when", True), ("sample", True), ("variant", True), ("quota", True),
                   ("tact", True), ("channel", True)],
        "after": [("window", True), ("when", True), ("order", False)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("when", "detail"),
    [
        (Test("order.amount", "at_least", 30), "order.amount is 12, so `at_least 30` is false"),
        (All((Test("order.amount", "exists", True), Test("person.visits", "at_least", 2))),
         "person.visits is missing, so `at_least 2` is unknown"),
        (All((All((Test("order.amount", "is", 12), Test("a", "is", 1))),)), "a is missing, so `is 1` is unknown"),
        (AnyOf((Test("order.amount", "is", 1), Test("b", "is", 1))), "order.amount is 12, so `is 1` is false"),
        (Not(Test("order.amount", "is", 12)), "order.amount is 12, so `is 12` is true"),
        (AnyOf(()), ""),
    ],
)  # fmt: skip
def test_a_when_that_is_not_true_names_the_first_attribute_that_failed(
    deciding: Decide, rule: MakeRule, when: Condition, detail: str
) -> None:
    found = deciding(rule(when=when), trace=True, params={"order.amount": 12})
    assert [step.detail for step in found.trace if step.step == "when"] == [detail]
    assert found.trace[-1].reason == "no_rule"


@pytest.mark.parametrize(
    ("policy", "detail"),
    [
        (DoNotDisturb(pauses=(Pause("asked", 7 * DAY, same="questionnaire"),)),
         "pause after asked for 7d, same questionnaire, until 2026-11-28T23:00:00.000Z"),
        (DoNotDisturb(caps=(Cap(1, "day", same="touchpoint"), Cap(1, 36 * HOUR))),
         "cap of 1 per 36h, until 2026-11-23T11:00:00.000Z"),
        (DoNotDisturb(caps=(Cap(1, 36 * HOUR, on=("web",)),)),
         "cap of 1 per 36h, on web, until 2026-11-23T11:00:00.000Z"),
        (DoNotDisturb(caps=(Cap(0, "week"),)), "cap of 0 per week"),
    ],
)  # fmt: skip
def test_a_stop_is_told_in_the_words_of_the_survey_folder(
    deciding: Decide, rule: MakeRule, policy: DoNotDisturb, detail: str
) -> None:
    web_only = rule(channels=(ChannelStep("web"),))
    last = deciding(web_only, policy=policy, state=HISTORY, trace=True).trace[-1]
    assert (last.detail, last.ok, last.rule) == (detail, False, "any-payment")


def test_a_full_quota_is_told_in_numbers(deciding: Decide, rule: MakeRule) -> None:
    full = {"any-payment": QuotaUse(total=7)}
    last = deciding(rule(quota=Quota("asks", 5)), quotas=full, trace=True).trace[-1]
    assert (last.step, last.reason, last.detail) == ("quota", "quota_full", "7 of 5")


def test_every_channel_that_was_tried_has_a_step(deciding: Decide, rule: MakeRule) -> None:
    steps = deciding(rule(), reach={"app": True}, state=PersonState(opted_out=("app",)), trace=True).trace
    tried = [(step.channel, step.reason) for step in steps if step.step == "channel"]
    assert tried == [("web", "unreachable"), ("app", "opted_out"), ("sms", "unreachable")]


@pytest.mark.parametrize(
    ("span", "text"), [(14 * DAY, "14d"), (36 * HOUR, "36h"), (90_000, "90s"), (1_500, "1.5s"), (0, "0s")]
)
def test_spans_are_written_as_in_a_survey_folder(span: int, text: str) -> None:
    assert write_span(span) == text
