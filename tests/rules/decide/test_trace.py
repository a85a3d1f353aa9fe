"""What a verdict tells beside its reason: the entry that says no or shifts it, whose clock, every step of all rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test
from tactful_rules.model.decision import Step, Verdict
from tactful_rules.model.event import Device
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import HistoryEvent, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import ChannelStep, Quota, Rule
from tactful_rules.trace import write_span

NOW = 1_795_305_600_000
Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]
HISTORY = PersonState(history=(HistoryEvent("asked", NOW - HOUR, "csat", "payment", "web"),))
OPEN = PersonState(
    open=(OpenInvitation("i-1", "any-payment", "csat", "payment", "web", True, NOW - HOUR, NOW + DAY, NOW),)
)
ON_WEB = DoNotDisturb(pauses=(Pause("answered", DAY), Pause("asked", DAY, on=("web",))))
TO_PHONE = {"web": True, "app": True, "sms": "+1"}
NIGHT = QuietHours(23 * 60, 60, on=("sms",))


def test_a_trace_changes_nothing_but_itself(deciding: Decide, rule: MakeRule) -> None:
    rules = (rule("a", when=Test("x", "is", 1)), rule("b", sample=0.0), rule("c", when=Test("x", "is", 2)))
    for params in ({}, {"x": 1}, {"x": 2}):
        assert deciding(*rules, params=params).trace == ()
        assert replace(deciding(*rules, params=params, trace=True), trace=()) == deciding(*rules, params=params)


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


def test_places_that_are_only_held_are_told_from_those_that_count(deciding: Decide, rule: MakeRule) -> None:
    held = {"any-payment": QuotaUse(total=3, held={"i-1": NOW + HOUR, "i-2": NOW + HOUR, "over": NOW})}
    last = deciding(rule(quota=Quota("asks", 5)), quotas=held, trace=True).trace[-1]
    assert (last.reason, last.detail) == ("quota_full", "5 of 5: 3 counted, 2 held")


def test_every_channel_that_was_tried_has_a_step(deciding: Decide, rule: MakeRule) -> None:
    steps = deciding(rule(), reach={"app": True}, state=PersonState(opted_out=("app",)), trace=True).trace
    tried = [(step.channel, step.reason) for step in steps if step.step == "channel"]
    assert tried == [("web", "unreachable"), ("app", "opted_out"), ("sms", "unreachable")]


@pytest.mark.parametrize(
    ("span", "text"), [(14 * DAY, "14d"), (36 * HOUR, "36h"), (90_000, "90s"), (1_500, "1.5s"), (0, "0s")]
)
def test_spans_are_written_as_in_a_survey_folder(span: int, text: str) -> None:
    assert write_span(span) == text


@pytest.mark.parametrize(
    ("policy", "limit", "reason"),
    [
        (DoNotDisturb(pauses=(Pause("answered", DAY), Pause("asked", DAY))), "pauses[1]", "paused"),
        (DoNotDisturb(caps=(Cap(9, DAY), Cap(1, DAY))), "caps[1]", "capped"),
        (ON_WEB, "pauses[1]", "paused"),
        (DoNotDisturb(quiet_hours=(QuietHours(60, 120), replace(NIGHT, on=("web",)))), "quiet_hours[1]", "quiet_hours"),
        (DoNotDisturb(), None, "asked"),
    ],
)
def test_a_verdict_names_the_entry_of_the_policy_that_stops_it(
    deciding: Decide, rule: MakeRule, policy: DoNotDisturb, limit: str | None, reason: str
) -> None:
    found = deciding(rule(channels=(ChannelStep("web"),)), policy=policy, state=HISTORY)
    assert (found.reason, found.limit) == (reason, limit)


@pytest.mark.parametrize(
    ("channels", "policy", "told"),
    [
        (("web", "app"), ON_WEB, ("asked", "app", "pauses[1]")),
        (("app", "web"), ON_WEB, ("asked", "app", None)),
        (("email", "sms"), DoNotDisturb(quiet_hours=(NIGHT,)), ("deferred", "sms", "quiet_hours[0]")),
        (("web", "sms"), replace(ON_WEB, quiet_hours=(NIGHT,)), ("deferred", "sms", "quiet_hours[0]")),
        (("email", "app"), ON_WEB, ("asked", "app", None)),
    ],
)
def test_an_ask_names_the_entry_that_shifted_it_to_later_or_else_to_another_channel(
    deciding: Decide, rule: MakeRule, channels: tuple[str, ...], policy: DoNotDisturb, told: tuple[Any, ...]
) -> None:
    order = tuple(ChannelStep(channel) for channel in channels)
    found = deciding(rule(channels=order), policy=policy, state=HISTORY, reach=TO_PHONE)
    assert (found.reason, found.channel, found.limit) == told


def test_every_verdict_tells_whose_clock_it_went_by(deciding: Decide, rule: MakeRule) -> None:
    zone = {"timezone": "Europe/Berlin"}
    no_rule, bot = deciding(**zone), deciding(rule(), device=Device(type="bot"), **zone)
    again = deciding(rule(), state=OPEN, **zone)
    assert (no_rule.reason, bot.reason, again.again) == ("no_rule", "bot", True)
    assert {no_rule.tz_source, bot.tz_source, again.tz_source} == {"event"}


def test_what_stops_one_rule_stops_the_next_that_asks_the_same(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, "questionnaire"),))
    found = deciding(rule("first"), rule("second"), policy=policy, state=HISTORY)
    assert (found.reason, found.rule) == ("paused", "first")


def last(verdict: Verdict) -> Step:
    return verdict.trace[-1]


def test_a_stop_is_a_step_of_its_rule_or_of_its_channel(deciding: Decide, rule: MakeRule) -> None:
    anywhere = deciding(rule(), policy=DoNotDisturb(pauses=(Pause("asked", DAY),)), state=HISTORY, trace=True)
    on_web = deciding(rule(channels=(ChannelStep("web"),)), policy=ON_WEB, state=HISTORY, trace=True)
    told = [(step.step, step.rule, step.channel, step.until) for step in (last(anywhere), last(on_web))]
    until = NOW + DAY - HOUR
    assert told == [("tact", "any-payment", None, until), ("channel", "any-payment", "web", until)]


def test_what_is_shown_again_is_a_step(deciding: Decide, rule: MakeRule) -> None:
    step = last(deciding(rule(), state=OPEN, trace=True))
    assert step == Step("open", True, "any-payment", "asked", "web", detail="i-1 again")


def test_what_waits_is_a_step_that_tells_until_when_and_why(deciding: Decide, rule: MakeRule) -> None:
    late = rule(delay=HOUR, channels=(ChannelStep("sms"),))
    step = last(deciding(late, reach=TO_PHONE, trace=True))
    assert step == Step("channel", True, "any-payment", "deferred", "sms", NOW + HOUR, "delay of 1h")


def test_the_steps_that_were_passed_say_what_was_found(deciding: Decide, rule: MakeRule) -> None:
    rules = (rule(when=Test("x", "is", 1), quota=Quota("asks", 5)), rule("after"))
    steps = deciding(*rules, params={"x": 1}, trace=True).trace
    assert {step.step: step.detail for step in steps if step.rule is not None and step.detail} == {
        "variant": "csat",
        "quota": "0 of 5",
        "order": "any-payment comes first",
    }
    assert last(deciding(rule(), channels=(), trace=True)).detail == "no channel"
