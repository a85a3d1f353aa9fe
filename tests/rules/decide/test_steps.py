"""The steps of a decision, each on its own and in its order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.condition import Not, Test
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Device
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import EVERY_CHANNEL, HistoryEvent, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.policy import DEFAULT_POLICY, Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import ChannelStep, Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Settings

NOW = 1_795_305_600_000
Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]


def an_open(**changes: object) -> OpenInvitation:
    fields = {
        "id": "i-1",
        "rule": "any-payment",
        "questionnaire": "csat",
        "touchpoint": "payment",
        "channel": "web",
        "on_screen": True,
        "decided_at": NOW - MINUTE,
        "expires_at": NOW + DAY,
    }
    return OpenInvitation(**{**fields, **changes})  # type: ignore[arg-type]  # the fields of the struct


def asked_before(ago: int, questionnaire: str = "csat", channel: str = "web") -> PersonState:
    return PersonState(history=(HistoryEvent("asked", NOW - ago, questionnaire, "payment", channel, "order"),))


def test_nothing_in_the_way_asks_until_the_rules_expiry(deciding: Decide, rule: MakeRule) -> None:
    found = deciding(rule(valid_for=HOUR))
    assert (found.reason, found.rule, found.questionnaire, found.channel) == ("asked", "any-payment", "csat", "web")
    assert (found.ask, found.again, found.expires_at, found.tz_source) == (True, False, NOW + HOUR, "settings")


def test_a_touchpoint_that_is_not_declared_is_unknown_even_to_a_bot(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(), touchpoint="paymnet", device=Device(type="bot")).reason == "unknown_touchpoint"


def test_a_bot_is_never_asked(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(), device=Device(type="bot")).reason == "bot"


@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": False},
        {"from_": NOW + 1},
        {"until": NOW},
        {"at": ("menu",)},
        {"when": Test("order.kind", "is", "combo")},
        {"when": Not(Test("order.kind", "is", "combo"))},
    ],
)
def test_a_rule_that_is_off_out_of_its_time_elsewhere_or_not_true_is_none(
    deciding: Decide, rule: MakeRule, changes: dict[str, object]
) -> None:
    found = deciding(rule(**changes))
    assert (found.reason, found.rule) == ("no_rule", None)


def test_a_rule_holds_from_its_first_to_before_its_last_instant(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(from_=NOW, until=NOW + 1)).ask


def test_high_priority_comes_first_then_file_order(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule("first"), rule("second")).rule == "first"
    assert deciding(rule("first"), rule("second", priority=1)).rule == "second"


def test_opting_out_of_everything_comes_before_the_holdout(deciding: Decide, rule: MakeRule) -> None:
    everyone = Settings(holdout=1.0)
    assert deciding(rule(), settings=everyone, state=PersonState(opted_out=(EVERY_CHANNEL,))).reason == "opted_out"
    assert deciding(rule(), settings=everyone).reason == "holdout"


def test_no_rule_comes_before_opted_out(deciding: Decide) -> None:
    assert deciding(state=PersonState(opted_out=(EVERY_CHANNEL,))).reason == "no_rule"


def test_an_open_invitation_is_given_again_at_its_touchpoint(deciding: Decide, rule: MakeRule) -> None:
    state = PersonState(history=asked_before(HOUR).history, open=(an_open(displayed_at=NOW - HOUR),))
    found = deciding(rule("other"), policy=DEFAULT_POLICY, state=state)
    assert (found.reason, found.again, found.invitation, found.rule) == ("asked", True, "i-1", "any-payment")
    assert (found.questionnaire, found.channel, found.expires_at) == ("csat", "web", NOW + DAY)


def test_an_open_invitation_elsewhere_or_already_sent_blocks_every_other_ask(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(), state=PersonState(open=(an_open(touchpoint="menu"),))).reason == "pending"
    sent = an_open(on_screen=False, channel="sms", sent_at=NOW - MINUTE)
    assert deciding(rule(), state=PersonState(open=(sent,))).reason == "pending"


@pytest.mark.parametrize(
    ("invitation", "again"),
    [
        (an_open(decided_at=NOW - 30 * MINUTE + 1), True),
        (an_open(decided_at=NOW - 30 * MINUTE), False),
        (an_open(decided_at=NOW - HOUR, displayed_at=NOW - HOUR), True),
        (an_open(displayed_at=NOW - HOUR, expires_at=NOW), False),
        (an_open(expires_at=NOW), False),
    ],
)
def test_an_open_invitation_counts_until_its_deadline(
    deciding: Decide, rule: MakeRule, invitation: OpenInvitation, again: bool
) -> None:
    found = deciding(rule(), state=PersonState(open=(invitation,)))
    assert (found.reason, found.again) == ("asked", again)


def test_a_person_out_of_the_sample_is_not_asked(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(sample=0.0)).reason == "not_sampled"
    assert deciding(rule(sample=1.0)).ask


def test_no_variant_left_is_a_reason_of_its_own(deciding: Decide, rule: MakeRule) -> None:
    picky = (Variant("csat", when=Test("history.answers", "at_least", 1)),)
    assert deciding(rule(variants=picky)).reason == "no_variant"
    assert deciding(rule(variants=(Variant("csat", weight=0.0),))).reason == "no_variant"


def test_a_variant_with_a_condition_takes_no_share_when_it_is_not_true(deciding: Decide, rule: MakeRule) -> None:
    variants = (Variant("nps", when=Test("history.answers", "at_least", 1), weight=1e9), Variant("csat"))
    assert deciding(rule(variants=variants)).questionnaire == "csat"


def test_a_full_quota_stops_its_rule_and_leaves_the_next(deciding: Decide, rule: MakeRule) -> None:
    full = {"first": QuotaUse(total=2)}
    rules = (rule("first", quota=Quota("asks", 2)), rule("second"))
    assert deciding(rules[0], quotas=full).reason == "quota_full"
    assert deciding(*rules, quotas=full).rule == "second"


def test_open_invitations_not_yet_counted_use_up_a_quota(deciding: Decide, rule: MakeRule) -> None:
    held = {"any-payment": QuotaUse(total=1, held={"i-9": NOW + 1})}
    assert deciding(rule(quota=Quota("answers", 2)), quotas=held).reason == "quota_full"
    assert deciding(rule(quota=Quota("answers", 2)), quotas=held, now=NOW + 1).ask


def test_a_daily_quota_is_a_day_of_the_settings_zone(deciding: Decide, rule: MakeRule) -> None:
    quota = rule(quota=Quota("asks", 1, "day"))
    used = {"any-payment": QuotaUse(total=1, times=(NOW - HOUR,))}  # 07:00 in Shanghai, the day before in UTC
    assert deciding(quota, quotas=used, settings=Settings(timezone="UTC")).ask
    shanghai = Settings(timezone="Asia/Shanghai")
    assert deciding(quota, quotas=used, settings=shanghai, timezone="UTC").reason == "quota_full"


def test_a_running_pause_says_until_when(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", 7 * DAY), Pause("asked", 9 * DAY, same="questionnaire")))
    found = deciding(rule(), policy=policy, state=asked_before(DAY))
    assert (found.reason, found.until, found.rule) == ("paused", NOW + 8 * DAY, "any-payment")
    assert deciding(rule(), policy=policy, state=asked_before(DAY, "nps")).until == NOW + 6 * DAY


def test_a_reached_cap_says_until_when(deciding: Decide, rule: MakeRule) -> None:
    found = deciding(rule(), policy=DoNotDisturb(caps=(Cap(1, 7 * DAY),)), state=asked_before(DAY))
    assert (found.reason, found.until) == ("capped", NOW + 6 * DAY)


def test_a_calendar_cap_is_the_persons_day(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(caps=(Cap(1, "day"),))
    found = deciding(rule(), policy=policy, state=asked_before(HOUR), timezone="Asia/Shanghai")
    assert (found.reason, found.until, found.tz_source) == ("capped", NOW + 16 * HOUR, "event")
    assert deciding(rule(), policy=policy, state=asked_before(HOUR)).ask


def test_a_rule_may_ignore_pauses_and_caps_but_no_opt_out(deciding: Decide, rule: MakeRule) -> None:
    free = rule(ignore=("pauses", "caps"))
    assert deciding(free, policy=DEFAULT_POLICY, state=asked_before(HOUR)).ask
    assert deciding(rule(ignore=("pauses",)), policy=DEFAULT_POLICY, state=asked_before(HOUR)).reason == "capped"
    assert deciding(free, state=PersonState(opted_out=("web", "app"))).reason == "opted_out"


def test_channels_are_tried_in_the_rules_order_else_in_the_rulesets(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule()).channel == "web"
    assert deciding(rule(channels=(ChannelStep("app"), ChannelStep("web")))).channel == "app"
    assert deciding(rule(), reach={"app": True}).channel == "app"
    assert deciding(rule(), reach={"web": False, "app": True}).channel == "app"


@pytest.mark.parametrize("reach", [{}, {"sms": ""}, {"sms": True}, {"web": False}])
def test_a_screen_that_was_not_offered_and_a_channel_without_an_address_are_unreachable(
    deciding: Decide, rule: MakeRule, reach: dict[str, bool | str]
) -> None:
    assert deciding(rule(), reach=reach).reason == "unreachable"


def test_a_ruleset_without_channels_reaches_nobody(deciding: Decide, rule: MakeRule) -> None:
    assert deciding(rule(), channels=()).reason == "unreachable"


def test_a_limit_on_one_channel_leaves_the_others(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, on=("web",)),), caps=(Cap(1, 2 * DAY, on=("app",)),))
    assert deciding(rule(), policy=policy, state=asked_before(HOUR)).channel == "app"
    assert deciding(rule(), policy=policy, state=asked_before(HOUR, channel="app")).reason == "paused"
    assert deciding(rule(), policy=policy, state=asked_before(25 * HOUR, channel="app")).channel == "web"


def test_a_cap_on_one_channel_counts_beside_one_on_all(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(caps=(Cap(2, DAY), Cap(1, DAY, on=("web",))))
    assert deciding(rule(), policy=policy, state=asked_before(HOUR)).channel == "app"


def test_a_pause_of_the_same_channel_moves_on_to_another(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, same="channel"),))
    assert deciding(rule(), policy=policy, state=asked_before(HOUR)).channel == "app"


def test_with_no_channel_free_the_first_ones_reason_stands(deciding: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, on=("web",)),))
    found = deciding(rule(), policy=policy, state=asked_before(HOUR), reach={"web": True})
    assert (found.reason, found.until) == ("paused", NOW + 23 * HOUR)
    state = PersonState(history=asked_before(HOUR).history, opted_out=("app",))
    backwards = rule(channels=(ChannelStep("app"), ChannelStep("web")))
    assert deciding(backwards, policy=policy, state=state).reason == "opted_out"


def test_when_no_rule_passes_the_first_ones_reason_stands(deciding: Decide, rule: MakeRule) -> None:
    found = deciding(rule("first", sample=0.0), rule("second", channels=(ChannelStep("sms"),)))
    assert (found.reason, found.rule) == ("not_sampled", "first")


def test_a_channel_that_the_ruleset_no_longer_has_is_passed_over(deciding: Decide, rule: MakeRule) -> None:
    order = (ChannelStep("gone"), ChannelStep("web"))
    assert deciding(rule(channels=order), channels=(Channel("web", "widget"),)).channel == "web"
