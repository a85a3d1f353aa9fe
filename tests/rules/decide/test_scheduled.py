"""What an open invitation that is only scheduled leaves to others, and how it is decided again before it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tactful_rules.decide import CompiledRuleset, decide_again
from tactful_rules.model.condition import Test
from tactful_rules.model.decision import Verdict
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import NOBODY, HistoryEvent, OpenInvitation, PersonState, QuotaUse
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import ChannelStep, Quota, Rule, Variant
from tactful_rules.model.ruleset import Channel, Ruleset, Settings
from tactful_rules.model.touchpoint import Touchpoint

NOW = 1_795_348_800_000  # 2026-11-22T12:00:00Z
Decide = Callable[..., Verdict]
MakeRule = Callable[..., Rule]
CHANNELS = (Channel("web", "widget"), Channel("sms", "http"), Channel("email", "email"))
ADDRESSES = {"sms": "+8613800000000", "email": "a@example.com"}
EVERYWHERE = {"web": True, **ADDRESSES}


def an_open(**changes: object) -> OpenInvitation:
    fields = {
        "id": "i-1",
        "rule": "any-payment",
        "questionnaire": "csat",
        "touchpoint": "payment",
        "channel": "sms",
        "on_screen": False,
        "decided_at": NOW - 2 * HOUR,
        "expires_at": NOW + DAY,
    }
    return OpenInvitation(**{**fields, **changes})  # type: ignore[arg-type]  # the fields of the struct


SCREEN = {"channel": "web", "on_screen": True, "decided_at": NOW - HOUR, "fallback_at": NOW + HOUR}
SENT = an_open(sent_at=NOW - HOUR)


@pytest.fixture
def offered(deciding: Decide) -> Decide:
    return lambda *rules, **given: deciding(*rules, **{"channels": CHANNELS, "reach": EVERYWHERE, "now": NOW, **given})


def test_an_ask_on_screen_supersedes_what_is_only_scheduled(offered: Decide, rule: MakeRule) -> None:
    waiting = PersonState(open=(an_open(), an_open(id="i-2", touchpoint="menu")))
    found = offered(rule(), state=waiting)
    assert (found.reason, found.channel, found.again, found.supersedes) == ("asked", "web", False, ("i-1", "i-2"))


def test_nothing_else_is_sent_while_something_is_scheduled(offered: Decide, rule: MakeRule) -> None:
    waiting = PersonState(open=(an_open(),))
    found = offered(rule(channels=(ChannelStep("email"), ChannelStep("sms"))), state=waiting)
    assert (found.reason, found.rule, found.supersedes) == ("pending", None, ())
    assert offered(rule(), state=waiting, reach=ADDRESSES).reason == "pending"
    assert offered(rule(sample=0.0), state=waiting).reason == "pending"


def test_a_rule_that_asks_on_screen_is_found_behind_one_that_sends(offered: Decide, rule: MakeRule) -> None:
    rules = (rule("first", channels=(ChannelStep("sms"),)), rule("second", channels=(ChannelStep("web"),)))
    assert offered(*rules, state=PersonState(open=(an_open(),))).rule == "second"


@pytest.mark.parametrize("invitation", [an_open(sending=True), SENT])
def test_what_is_on_its_way_or_was_sent_is_pending(offered: Decide, rule: MakeRule, invitation: OpenInvitation) -> None:
    assert offered(rule(), state=PersonState(open=(invitation,))).reason == "pending"
    assert offered(rule(), state=PersonState(open=(an_open(id="i-0"), invitation))).reason == "pending"


def test_a_hold_with_a_fallback_is_given_again_for_half_an_hour_and_is_scheduled_from_then(
    offered: Decide, rule: MakeRule
) -> None:
    fresh = an_open(**{**SCREEN, "decided_at": NOW - 30 * MINUTE + 1})
    assert offered(rule(), state=PersonState(open=(fresh,))).again
    found = offered(rule(), state=PersonState(open=(an_open(**{**SCREEN, "decided_at": NOW - 30 * MINUTE}),)))
    assert (found.reason, found.again, found.supersedes) == ("asked", False, ("i-1",))


def test_a_hold_with_a_fallback_is_scheduled_for_other_touchpoints_at_once(offered: Decide, rule: MakeRule) -> None:
    fresh = an_open(**{**SCREEN, "decided_at": NOW - 1})
    elsewhere = offered(rule(at=("menu",)), touchpoint="menu", state=PersonState(open=(fresh,)))
    assert (elsewhere.reason, elsewhere.supersedes) == ("asked", ("i-1",))
    held = replace(fresh, fallback_at=None)
    assert offered(rule(at=("menu",)), touchpoint="menu", state=PersonState(open=(held,))).reason == "pending"
    shown = replace(fresh, displayed_at=NOW - 1)
    assert offered(rule(at=("menu",)), touchpoint="menu", state=PersonState(open=(shown,))).reason == "pending"


def test_a_scheduled_invitations_place_in_the_quota_is_free_for_what_supersedes_it(
    offered: Decide, rule: MakeRule
) -> None:
    limited = rule(quota=Quota("asks", 1))
    held = {"any-payment": QuotaUse(held={"i-1": NOW + DAY})}
    assert offered(limited, state=PersonState(open=(an_open(),)), quotas=held).supersedes == ("i-1",)
    others = {"any-payment": QuotaUse(held={"i-9": NOW + DAY})}
    assert offered(limited, state=PersonState(open=(an_open(),)), quotas=others).reason == "pending"


def test_the_trace_says_that_only_a_screen_comes_before(offered: Decide, rule: MakeRule) -> None:
    found = offered(rule(channels=(ChannelStep("email"),)), state=PersonState(open=(an_open(),)), trace=True)
    first, last = (step for step in found.trace if step.step == "open")
    assert (first.ok, first.detail) == (True, "i-1 scheduled: only an ask on screen comes before")
    assert (last.ok, last.reason, last.detail) == (False, "pending", "i-1 stays scheduled")


def again(
    *rules: Rule,
    invitation: OpenInvitation,
    policy: DoNotDisturb | None = None,
    state: PersonState = NOBODY,
    settings: Settings | None = None,
    quotas: dict[str, QuotaUse] | None = None,
    reach: dict[str, bool | str] | None = None,
    now: int = NOW,
    **options: Any,
) -> Verdict:
    ruleset = Ruleset(
        settings=settings or Settings(),
        touchpoints={"payment": Touchpoint("payment", stage="order")},
        rules=rules,
        channels={channel.id: channel for channel in CHANNELS},
        do_not_disturb=policy or DoNotDisturb(),
    )
    event = Event(touchpoint="payment", person="u-42", event_id="e", reach=EVERYWHERE if reach is None else reach)
    known = state if invitation in state.open else replace(state, open=(*state.open, invitation))
    return decide_again(CompiledRuleset(ruleset), event, known, quotas or {}, now, invitation=invitation, **options)


def test_what_waited_is_sent_at_its_release_over_sent_channels_alone(rule: MakeRule) -> None:
    found = again(rule(valid_for=HOUR), invitation=an_open())
    assert (found.reason, found.channel, found.expires_at, found.supersedes) == ("sending", "sms", NOW + HOUR, ())
    assert again(rule(channels=(ChannelStep("web"),)), invitation=an_open()).reason == "unreachable"


def test_a_delay_was_served_and_quiet_hours_hold_again(rule: MakeRule) -> None:
    assert again(rule(delay=2 * HOUR), invitation=an_open()).reason == "sending"
    noon = DoNotDisturb(quiet_hours=(QuietHours(11 * 60, 14 * 60),))
    found = again(rule(delay=2 * HOUR), invitation=an_open(), policy=noon)
    assert (found.reason, found.not_before) == ("deferred", NOW + 2 * HOUR)


def test_a_fallback_goes_to_a_channel_that_was_not_tried(rule: MakeRule) -> None:
    assert again(rule(), invitation=an_open(), tried=("sms",)).channel == "email"
    assert again(rule(), invitation=an_open(), tried=("sms", "email")).reason == "unreachable"


@pytest.mark.parametrize(
    "changes", [{"id": "other"}, {"enabled": False}, {"until": NOW}, {"from_": NOW + 1}, {"at": ("menu",)}]
)
def test_a_rule_that_is_gone_off_over_or_elsewhere_is_none(rule: MakeRule, changes: dict[str, object]) -> None:
    changed = replace(rule(), **changes)
    assert again(changed, invitation=an_open()).reason == "no_rule"


def test_a_rule_whose_condition_no_longer_holds_is_not_asked_about_that_again(rule: MakeRule) -> None:
    assert again(rule(when=Test("history.asks", "at_least", 9)), invitation=an_open()).reason == "sending"


def test_another_rule_does_not_step_in(rule: MakeRule) -> None:
    rules = (rule(sample=0.0), rule("other"))
    found = again(*rules, invitation=an_open())
    assert (found.reason, found.rule) == ("not_sampled", "any-payment")


def test_opt_outs_and_the_holdout_are_looked_at_again(rule: MakeRule) -> None:
    assert again(rule(), invitation=an_open(), state=PersonState(opted_out=("*",))).reason == "opted_out"
    assert again(rule(), invitation=an_open(), state=PersonState(opted_out=("sms",))).channel == "email"
    assert again(rule(), invitation=an_open(), settings=Settings(holdout=1.0)).reason == "holdout"


def test_pauses_and_caps_that_came_meanwhile_hold(rule: MakeRule) -> None:
    elsewhere = PersonState(history=(HistoryEvent("asked", NOW - HOUR, "csat", "menu", "web"),))
    assert again(rule(), invitation=an_open(), state=elsewhere, policy=DoNotDisturb((Pause("asked", DAY),))).reason == (
        "paused"
    )
    assert again(rule(), invitation=an_open(), state=elsewhere, policy=DoNotDisturb((), (Cap(1, DAY),))).reason == (
        "capped"
    )
    answered = PersonState(history=(HistoryEvent("answered", NOW - HOUR, "csat", "menu", "web"),))
    paused = again(rule(), invitation=an_open(), state=answered, policy=DoNotDisturb((Pause("answered", DAY),)))
    assert (paused.reason, paused.until) == ("paused", NOW + 23 * HOUR)


def test_what_the_same_touchpoint_event_asked_stops_no_fallback(rule: MakeRule) -> None:
    policy = DoNotDisturb((Pause("asked", DAY),), (Cap(1, DAY),))
    asked = HistoryEvent("asked", NOW - HOUR, "csat", "payment", "sms", "order")
    state = PersonState(history=(asked,))
    assert again(rule(), invitation=SENT, state=state, policy=policy, tried=("sms",)).reason == "sending"
    before = PersonState(history=(replace(asked, at=NOW - 3 * HOUR),))
    assert again(rule(), invitation=SENT, state=before, policy=policy, tried=("sms",)).reason == "paused"


@pytest.mark.parametrize("changes", [{"touchpoint": "menu"}, {"kind": "dismissed"}])
def test_what_happened_elsewhere_or_otherwise_in_the_same_instant_stops_one(
    rule: MakeRule, changes: dict[str, str]
) -> None:
    policy = DoNotDisturb((Pause("asked", DAY), Pause("dismissed", DAY)))
    event = replace(HistoryEvent("asked", NOW - HOUR, "csat", "payment", "sms", "order"), **changes)
    found = again(rule(), invitation=SENT, state=PersonState(history=(event,)), policy=policy, tried=("sms",))
    assert found.reason == "paused"


def test_what_the_first_of_a_chain_asked_stops_no_third(rule: MakeRule) -> None:
    policy = DoNotDisturb((Pause("asked", DAY),))
    asked = [HistoryEvent("asked", NOW - ago, "csat", "payment", "sms", "order") for ago in (5 * HOUR, HOUR)]
    first = an_open(id="i-0", decided_at=NOW - 5 * HOUR, sent_at=NOW - 5 * HOUR)
    both = PersonState(history=tuple(asked), open=(first, SENT))
    assert again(rule(), invitation=SENT, state=both, policy=policy, tried=("sms",)).reason == "sending"
    over = replace(both, open=(SENT,))
    assert again(rule(), invitation=SENT, state=over, policy=policy, tried=("sms",)).reason == "paused"
    known = again(rule(), invitation=SENT, state=over, policy=policy, tried=("sms",), asked=(NOW - 5 * HOUR,))
    assert known.reason == "sending"


def test_its_own_place_in_the_quota_is_free(rule: MakeRule) -> None:
    limited = rule(quota=Quota("asks", 1))
    own = {"any-payment": QuotaUse(held={"i-1": NOW + DAY})}
    assert again(limited, invitation=an_open(), quotas=own).reason == "sending"
    others = {"any-payment": QuotaUse(held={"i-1": NOW + DAY, "i-9": NOW + DAY})}
    assert again(limited, invitation=an_open(), quotas=others).reason == "quota_full"
    elsewhere = PersonState(open=(an_open(id="i-9", touchpoint="menu"),))
    assert again(limited, invitation=an_open(), state=elsewhere, quotas=others).reason == "quota_full"


def test_the_variant_is_chosen_by_the_rule_as_it_is_now(rule: MakeRule) -> None:
    assert again(rule(variants=(Variant("nps"),)), invitation=an_open()).questionnaire == "nps"


def test_the_trace_of_a_release_names_its_steps(rule: MakeRule) -> None:
    found = again(rule(), invitation=an_open(), trace=True)
    assert [step.step for step in found.trace] == ["opt_out", "holdout", "sample", "variant", "tact", "channel"]
    gone = again(rule("other"), invitation=an_open(), trace=True)
    assert gone.trace[-1].detail == "any-payment does not hold here any more"
