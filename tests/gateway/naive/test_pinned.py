"""Counter-examples that the machine found, each a few lines; the list and the ledger agree on them for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tactful_rules.model.ids import DAY, HOUR, MINUTE, to_instant
from tactful_rules.model.policy import DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import ChannelStep, Quota, Rule, Variant
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.naive.both import Both, Provider
from tests.gateway.naive.surveys import CHANNELS, QUESTIONNAIRES, TOUCHPOINTS

NOON = to_instant(datetime(2026, 6, 15, 12, tzinfo=UTC))
REACH = {"web": True, "email": "p@example.org"}


def ruleset(*rules: Rule, policy: DoNotDisturb) -> Ruleset:
    return Ruleset(
        touchpoints=TOUCHPOINTS,
        rules=rules,
        questionnaires=QUESTIONNAIRES,
        channels=CHANNELS,
        do_not_disturb=policy,
    )


def rule(name: str, *channels: str, delay: int = 0) -> Rule:
    steps = tuple(ChannelStep(it) for it in channels)
    return Rule(id=name, at=("pay",), variants=(Variant("short"),), channels=steps, delay=delay)


@pytest.fixture
def late_answer() -> Iterator[Both]:
    """Everybody who pays is asked on the web, and who can't be asked there by mail an hour later."""
    policy = DoNotDisturb(pauses=(Pause("asked", DAY, same="touchpoint"),))
    both = Both([ruleset(rule("later", "web", "email", delay=HOUR), policy=policy)], NOON)
    yield both
    both.real.close()


def test_an_answer_to_another_event_s_released_hold_stops_the_mail_that_waits(late_answer: Both) -> None:
    """The touchpoint's asks after the decision were all taken for the waiting invitation's own."""
    both = late_answer
    both.visit("p", "pay", "seen", reach={"web": True})
    both.wait(31 * MINUTE)
    assert both.visit("p", "pay", "elsewhere", reach={"email": "p@example.org"}).reason == "deferred"
    seen, waiting = both.naive.log.invitations
    assert both.answer(seen) == "accepted"
    both.agree()
    both.wait(2 * HOUR)
    both.agree()
    assert (waiting.status, waiting.why) == ("cancelled", "paused")


def test_a_wish_taken_back_under_one_id_does_not_undo_the_other_s(late_answer: Both) -> None:
    both = late_answer
    both.opt_out("p", "email")
    both.opt_in("q", "email")
    both.join("q", "p")
    both.agree()
    assert both.naive.log.opted_out("q") == {"email"}


def test_an_event_decided_under_both_ids_keeps_the_known_one_s_decision(late_answer: Both) -> None:
    both = late_answer
    both.visit("v", "pay", "e", reach=REACH)
    both.visit("p", "pay", "e", reach={})
    both.join("v", "p")
    both.agree()
    assert both.visit("v", "pay", "e", reach=REACH).reason == "unreachable"


def test_an_event_that_comes_again_after_a_day_is_another_one(late_answer: Both) -> None:
    """Its answer of yesterday silences nothing of today."""
    both = late_answer
    both.visit("p", "pay", "e", reach={"web": True})
    both.display(both.naive.log.invitations[0])
    both.answer(both.naive.log.invitations[0])
    both.wait(2 * DAY)
    assert both.visit("p", "pay", "e", reach={"email": "p@example.org"}).reason == "deferred"
    both.wait(2 * HOUR)
    both.agree()
    assert both.naive.log.invitations[-1].sent_at is not None


def test_couriers_that_always_hang_are_given_up_within_its_life(late_answer: Both) -> None:
    both = late_answer
    both.providers["email"] = "hangs"
    both.visit("p", "pay", "e", reach={"email": "p@example.org"})
    both.wait(DAY)
    both.agree()
    assert both.naive.log.invitations[0].status == "failed"


@pytest.mark.parametrize("signal", ["open", "display", "dismiss"])
@pytest.mark.parametrize("first", ["takes", "refuses"])
def test_no_fallback_goes_to_whom_another_message_of_the_event_reached(signal: str, first: Provider) -> None:
    """Both the list and the ledger sent it in the morning, also to who had said no in the night."""
    steps = (ChannelStep("email"), ChannelStep("sms", HOUR))
    asks = Rule(id="paid", at=("pay",), variants=(Variant("short"),), channels=steps)
    both = Both([ruleset(asks, policy=DoNotDisturb(quiet_hours=(QuietHours(12 * 60, 24 * 60, on=("sms",)),)))], NOON)
    both.providers["email"] = first
    both.visit("p", "pay", "e", reach={"email": "p@example.org", "sms": "+1"})
    both.wait(2 * HOUR)
    mail, text = both.naive.log.invitations
    assert getattr(both, signal)(mail) == "accepted"
    both.agree()
    assert text.why == ("dismissed" if signal == "dismiss" else "superseded")
    both.wait(2 * DAY)
    both.agree()
    assert text.sent_at is None
    both.real.close()


@pytest.mark.parametrize("signal", ["open", "display", "dismiss", "answer"])
def test_who_comes_by_the_first_message_has_the_place_that_its_fallback_held(signal: str) -> None:
    """Both the list and the ledger looked for a place before the fallback gave its own back."""
    steps = (ChannelStep("email"), ChannelStep("sms", HOUR))
    asks = Rule(id="paid", at=("pay",), variants=(Variant("short"),), channels=steps, quota=Quota("asks", 1))
    both = Both([ruleset(asks, policy=DoNotDisturb(quiet_hours=(QuietHours(12 * 60, 24 * 60, on=("sms",)),)))], NOON)
    both.providers["email"] = "refuses"
    both.visit("p", "pay", "e", reach={"email": "p@example.org", "sms": "+1"})
    both.run_due()
    assert getattr(both, signal)(both.naive.log.invitations[0]) == "accepted"
    both.agree()
    assert [it.beyond for it in both.naive.log.counted("asked", asks)] == [False]
    assert both.visit("q", "pay", "e", reach={"sms": "+1"}).reason == "quota_full"
    both.real.close()
