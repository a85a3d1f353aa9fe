"""Channels that send: when one is taken, when it waits, when the next is tried and when the rule ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.decision import Verdict
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HistoryEvent, PersonState
from tactful_rules.model.policy import DEFAULT_POLICY, Cap, DoNotDisturb, Holidays, Pause, QuietAction, QuietHours
from tactful_rules.model.rule import ChannelStep, Rule
from tactful_rules.model.ruleset import Channel

NOW = 1_795_305_600_000  # 2026-11-22T00:00:00Z, a Sunday
EIGHT = NOW + 8 * HOUR
Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]
CHANNELS = (Channel("web", "widget"), Channel("sms", "http"), Channel("email", "email"))
REACH = {"sms": "+8613800000000", "email": "a@example.com"}


def steps(*channels: str) -> tuple[ChannelStep, ...]:
    return tuple(map(ChannelStep, channels))


def night(then: QuietAction = "wait", **changes: object) -> DoNotDisturb:
    return DoNotDisturb(quiet_hours=(QuietHours(21 * 60, 8 * 60, then=then, **changes),))  # type: ignore[arg-type]


@pytest.fixture
def sent(deciding: Decide) -> Decide:
    """Decide with a screen and two sent channels, of which the caller gives both addresses and not the screen."""
    return lambda *rules, **given: deciding(*rules, **{"channels": CHANNELS, "reach": REACH, **given})


def test_a_free_sent_channel_is_sending_and_shows_nothing(sent: Decide, rule: MakeRule) -> None:
    found = sent(rule(valid_for=HOUR))
    assert (found.reason, found.channel, found.ask, found.expires_at) == ("sending", "sms", False, NOW + HOUR)
    assert (found.not_before, found.questionnaire) == (None, "csat")


def test_the_screen_comes_first_where_it_stands_first_and_is_offered(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(), reach={"web": True, **REACH}).reason == "asked"
    assert sent(rule(channels=steps("email", "web")), reach={"web": True, **REACH}).reason == "sending"


def test_without_a_word_about_reach_only_screens_are(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(channels=steps("sms", "web")), reach=None).channel == "web"
    assert sent(rule(channels=steps("sms")), reach=None).reason == "unreachable"


def test_quiet_hours_defer_to_their_end_and_the_invitation_lives_from_then(sent: Decide, rule: MakeRule) -> None:
    found = sent(rule(valid_for=DAY), policy=night())
    assert (found.reason, found.channel, found.not_before, found.ask) == ("deferred", "sms", EIGHT, False)
    assert found.expires_at == EIGHT + DAY


def test_the_default_policy_keeps_the_night_of_the_persons_own_zone(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(), policy=DEFAULT_POLICY).not_before == EIGHT
    assert sent(rule(), policy=DEFAULT_POLICY, timezone="Asia/Shanghai").reason == "sending"
    state = PersonState(timezone="Asia/Shanghai")
    assert sent(rule(), policy=DEFAULT_POLICY, state=state).tz_source == "person"
    assert sent(rule(), policy=DEFAULT_POLICY, state=state).reason == "sending"


def test_quiet_hours_that_last_longer_than_the_invitation_lives_go_on_to_the_next(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(valid_for=8 * HOUR), policy=night(on=("sms",))).not_before == EIGHT
    assert sent(rule(valid_for=8 * HOUR - 1), policy=night(on=("sms",))).channel == "email"
    found = sent(rule(valid_for=8 * HOUR - 1, channels=steps("sms", "email")), policy=night())
    assert (found.reason, found.until, found.not_before) == ("quiet_hours", EIGHT, None)


def test_next_goes_on_and_drop_ends_the_rule_with_its_own_reason(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(), policy=night("next", on=("sms",))).channel == "email"
    assert sent(rule(channels=steps("sms", "email")), policy=night("next")).reason == "quiet_hours"
    dropped = sent(rule(), policy=night("drop", on=("sms",)))
    assert (dropped.reason, dropped.until) == ("quiet_hours", EIGHT)
    behind = sent(rule(channels=steps("web", "sms", "email")), policy=night("drop", on=("sms",)))
    assert behind.reason == "quiet_hours", "not that of the screen, which was not offered"


def test_a_dropped_rule_leaves_the_next_rule(sent: Decide, rule: MakeRule) -> None:
    first, second = rule("first", channels=steps("sms")), rule("second", channels=steps("email"))
    assert sent(first, second, policy=night("drop", on=("sms",))).rule == "second"


def test_on_screen_nothing_can_wait(sent: Decide, rule: MakeRule) -> None:
    reach = {"web": True, **REACH}
    assert sent(rule(), policy=night(on=("web",)), reach=reach).channel == "sms"
    found = sent(rule(channels=steps("web")), policy=night(on=("web",)), reach=reach)
    assert (found.reason, found.until) == ("quiet_hours", EIGHT)
    assert sent(rule(), policy=night("drop", on=("web",)), reach=reach).reason == "quiet_hours"
    assert sent(rule(), policy=night(), reach=reach).reason == "asked", "the person is there anyway"


def test_a_rule_may_ignore_quiet_hours_and_holidays_with_them(sent: Decide, rule: MakeRule) -> None:
    free = rule(ignore=("quiet_hours",))
    policy = DoNotDisturb(night().pauses, (), night("drop").quiet_hours, (Holidays(dates=("2026-11-22",)),))
    assert sent(rule(), policy=policy).reason == "quiet_hours"
    assert sent(free, policy=policy).reason == "sending"


def test_a_holiday_waits_for_the_morning_after(sent: Decide, rule: MakeRule) -> None:
    policy = DoNotDisturb(quiet_hours=night().quiet_hours, holidays=(Holidays(dates=("2026-11-22",)),))
    assert sent(rule(), policy=policy, now=NOW + 12 * HOUR).not_before == EIGHT + DAY


def test_a_delay_defers_what_is_sent_and_nothing_on_screen(sent: Decide, rule: MakeRule) -> None:
    late = rule(delay=2 * HOUR, valid_for=DAY)
    found = sent(late)
    assert (found.reason, found.not_before, found.expires_at) == ("deferred", NOW + 2 * HOUR, NOW + 2 * HOUR + DAY)
    assert sent(late, reach={"web": True, **REACH}).reason == "asked"


def test_a_delay_is_served_before_quiet_hours_are_looked_at(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(delay=9 * HOUR), policy=night()).not_before == NOW + 9 * HOUR
    assert sent(rule(delay=2 * HOUR), policy=night()).not_before == EIGHT
    evening = NOW + 20 * HOUR
    assert sent(rule(delay=2 * HOUR), policy=night(), now=evening).not_before == EIGHT + DAY
    # Ten hours from 22:00, when it is judged, though twelve from now.
    assert sent(rule(delay=2 * HOUR, valid_for=10 * HOUR), policy=night(), now=evening).not_before == EIGHT + DAY


def test_with_a_delay_a_channels_own_limits_are_judged_as_of_then(sent: Decide, rule: MakeRule) -> None:
    asked = PersonState(history=(HistoryEvent("asked", NOW - HOUR, "csat", "payment", "sms", "order"),))
    paused = DoNotDisturb(pauses=(Pause("asked", 2 * HOUR, on=("sms",)),))
    assert sent(rule(channels=steps("sms")), policy=paused, state=asked).reason == "paused"
    assert sent(rule(channels=steps("sms"), delay=HOUR), policy=paused, state=asked).reason == "deferred"
    everywhere = DoNotDisturb(pauses=(Pause("asked", 2 * HOUR),))
    assert sent(rule(channels=steps("sms"), delay=HOUR), policy=everywhere, state=asked).reason == "paused"


def test_an_opt_out_or_a_limit_of_one_channel_leaves_the_next(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(), state=PersonState(opted_out=("sms",))).channel == "email"
    asked = PersonState(history=(HistoryEvent("asked", NOW - HOUR, "csat", "payment", "sms", "order"),))
    capped = DoNotDisturb(caps=(Cap(1, DAY, on=("sms",)),))
    assert sent(rule(), policy=capped, state=asked).channel == "email"


def test_a_fallback_is_the_next_channel_where_none_before_it_can_be_taken(sent: Decide, rule: MakeRule) -> None:
    order = (ChannelStep("web"), ChannelStep("sms", 2 * HOUR))
    assert sent(rule(channels=order)).reason == "sending"
    assert sent(rule(channels=order), reach={"web": True, **REACH}).reason == "asked"


def test_none_free_gives_the_first_channels_reason_and_its_end(sent: Decide, rule: MakeRule) -> None:
    found = sent(rule(channels=steps("sms", "email")), policy=night("next"), state=PersonState(opted_out=("email",)))
    assert (found.reason, found.until) == ("quiet_hours", EIGHT)
    found = sent(rule(channels=steps("email", "sms")), policy=night("next"), state=PersonState(opted_out=("email",)))
    assert (found.reason, found.until) == ("opted_out", None)


def test_the_trace_says_which_window_waits_and_until_when(sent: Decide, rule: MakeRule) -> None:
    order = steps("sms", "email")
    found = sent(rule(channels=order), policy=night("next", on=("sms",), days=("sat",)), trace=True)
    first, second = (step for step in found.trace if step.step == "channel")
    assert (first.ok, first.reason, first.channel, first.until) == (False, "quiet_hours", "sms", EIGHT)
    assert first.detail == "quiet hours 21:00-08:00 on sat, next, until 2026-11-22T08:00:00.000Z"
    assert (second.ok, second.channel, second.until) == (True, "email", None)


@pytest.mark.parametrize(
    ("changes", "policy", "reason", "until", "detail"),
    [
        ({}, night(), "deferred", EIGHT, "quiet hours 21:00-08:00, wait, until 2026-11-22T08:00:00.000Z"),
        ({"delay": HOUR}, DoNotDisturb(), "deferred", NOW + HOUR, "delay of 1h"),
        (
            {"valid_for": HOUR},
            night(),
            "quiet_hours",
            EIGHT,
            "quiet hours 21:00-08:00, wait, until 2026-11-22T08:00:00.000Z, and valid for 1h only",
        ),
        (
            {},
            DoNotDisturb(holidays=(Holidays(dates=("2026-11-22",), then="drop"),)),
            "quiet_hours",
            NOW + DAY,
            "holidays, drop, until 2026-11-23T00:00:00.000Z",
        ),
    ],
)
def test_the_trace_says_what_a_channel_waits_for(
    sent: Decide,
    rule: MakeRule,
    changes: dict[str, int],
    policy: DoNotDisturb,
    reason: str,
    until: int,
    detail: str,
) -> None:
    (step,) = (s for s in sent(rule(channels=steps("sms"), **changes), policy=policy, trace=True).trace if s.channel)
    assert (step.reason, step.until, step.detail) == (reason, until, detail)


def test_quiet_hours_without_an_end_never_defer(sent: Decide, rule: MakeRule) -> None:
    always = DoNotDisturb(quiet_hours=(QuietHours(0, 1440),))
    found = sent(rule(valid_for=36_500 * DAY, channels=steps("sms")), policy=always)
    assert (found.reason, found.until) == ("quiet_hours", None)


def test_a_minute_decides(sent: Decide, rule: MakeRule) -> None:
    assert sent(rule(), policy=night(), now=NOW + 21 * HOUR - 1).reason == "sending"
    assert sent(rule(), policy=night(), now=NOW + 21 * HOUR).reason == "deferred"
    assert sent(rule(), policy=night(), now=EIGHT - MINUTE).not_before == EIGHT
    assert sent(rule(), policy=night(), now=EIGHT).reason == "sending"
